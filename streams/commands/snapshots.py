"""A whole system in files, and back."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer

from deploy.stack import Stack
from gateway.media.store import open_store
from projections.stores import Stores
from streams.commands.running import AsJson, run, servers_of, with_stores
from streams.console import err, progress_bars, show_json
from streams.setup import set_up
from streams.snapshot import Manifest, take
from streams.snapshot import restore as put_back

app = typer.Typer()

Folder = Annotated[Path, typer.Argument(help="The folder of the snapshot.")]


@app.command()
def snapshot(folder: Folder, as_json: AsJson = False) -> None:
    """Write the log, the accounts and the media, as they are now, into files with checksums."""
    servers = servers_of(Stack())

    async def write(stores: Stores) -> Manifest:
        async with AsyncExitStack() as opened:
            media = None
            if "://" not in servers.media:
                media = await opened.enter_async_context(open_store(servers.media))
            return await take(stores.postgres, servers.kafka, media, folder)

    _show("taken", folder, run(with_stores(write)), as_json=as_json)


@app.command()
def restore(folder: Folder, as_json: AsJson = False) -> None:
    """Put a snapshot into an empty system; its views then follow by themselves."""
    servers = servers_of(Stack())

    async def read(stores: Stores) -> Manifest:
        await set_up(servers)
        with progress_bars() as bars:
            async with open_store(servers.media) as media:
                return await put_back(
                    stores.postgres,
                    servers.kafka,
                    media,
                    folder,
                    lambda done, total: bars.advance("log", done, total),
                )

    _show("restored", folder, run(with_stores(read)), as_json=as_json)


def _show(what: str, folder: Path, manifest: Manifest, *, as_json: bool) -> None:
    rows = {each.table: each.rows for each in manifest.tables}
    if as_json:
        show_json(
            {
                "folder": str(folder),
                "taken_at": manifest.taken_at,
                "events": manifest.events,
                "rows": rows,
                "media": len(manifest.media),
                "bytes": sum(each.bytes for each in manifest.files.values()),
            }
        )
        return
    said = f"{what}: {manifest.events} records, {rows['accounts']} accounts"
    err.print(f"{said}, {len(manifest.media)} media", highlight=False)
