"""What is held on a person, for that person."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.stack import Stack
from gateway.media.store import open_store
from projections.stores import Stores
from streams.commands.running import AsJson, run, servers_of, with_stores
from streams.console import err, show_json
from streams.export import gather, write

app = typer.Typer()


@app.command(name="export")
def export_command(
    user: Annotated[str, typer.Argument(help="A user name, or an id.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="birdlog-USER.zip if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write all that the log and the accounts hold on a person into one zip file."""
    servers = servers_of(Stack())

    async def export(stores: Stores) -> tuple[Path, list[str]]:
        held = await gather(stores.postgres, servers.kafka, user)
        account = held.account
        path = output or Path(f"birdlog-{account['username'] or account['id']}.zip")
        async with open_store(servers.media) as media:
            return path, await write(held, media, path)

    path, names = run(with_stores(export))
    if as_json:
        show_json({"file": str(path), "names": names})
    else:
        err.print(f"{path}: {len(names)} files", markup=False, highlight=False)
