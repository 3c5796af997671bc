"""The programs that users may let in."""

import sys
from typing import Annotated, Any

import typer

from gateway.oauth2.apps import App, Apps
from projections.stores import Stores
from streams.commands.running import AsJson, fail, run, with_stores
from streams.console import err, show_json, show_table

app = typer.Typer(help="Programs that users may let in.", no_args_is_help=True)


@app.command()
def register(
    name: Annotated[str, typer.Argument(help="What users are asked to let in.")],
    redirect_uri: Annotated[
        list[str], typer.Option(help="Where users are sent back to; may be given several times.")
    ],
    confidential: Annotated[
        bool, typer.Option("--confidential", help="Give it a secret: it runs on a server.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register a program, and print its client id."""

    async def add(stores: Stores) -> tuple[App, str | None]:
        apps = Apps(stores.postgres)
        return await apps.register(name, redirect_uri, confidential=confidential)

    added, its_secret = run(with_stores(add))
    if as_json:
        show_json({**_shown(added), "client_secret": its_secret})
        return
    err.print(f"{added.name} may ask users to let it in", highlight=False, markup=False)
    sys.stdout.write(f"client_id={added.client_id}\n")
    if its_secret is not None:
        sys.stdout.write(f"client_secret={its_secret}\n")


@app.command("list")
def list_apps(as_json: AsJson = False) -> None:
    """Show the registered programs, oldest first."""
    apps: list[App] = run(with_stores(lambda stores: Apps(stores.postgres).all()))
    if as_json:
        show_json({"apps": [_shown(one) for one in apps]})
        return
    show_table(
        ["client id", "name", "kind", "redirect URIs"],
        [[one.client_id, one.name, _kind(one), " ".join(one.redirect_uris)] for one in apps],
    )


@app.command()
def secret(client_id: str, as_json: AsJson = False) -> None:
    """Replace the secret of a program, and print the new one: the old one is good no more."""
    new = run(with_stores(lambda stores: Apps(stores.postgres).replace_secret(client_id)))
    if new is None:
        fail(f"there is no program {client_id} with a secret: see ./birdlog app list")
    if as_json:
        show_json({"client_id": client_id, "client_secret": new})
        return
    err.print(f"the old secret of {client_id} is good no more", highlight=False)
    sys.stdout.write(f"client_secret={new}\n")


@app.command()
def revoke(client_id: str, as_json: AsJson = False) -> None:
    """Remove a program: all that users have let it in for ends."""
    ended = run(with_stores(lambda stores: Apps(stores.postgres).revoke(client_id)))
    if ended is None:
        fail(f"there is no program {client_id}: see ./birdlog app list")
    if as_json:
        show_json({"client_id": client_id, "revoked_grants": ended})
        return
    err.print(f"revoked {client_id}, which was let in {ended} times", highlight=False)


def _shown(one: App) -> dict[str, Any]:
    return {
        "client_id": one.client_id,
        "name": one.name,
        "kind": _kind(one),
        "redirect_uris": one.redirect_uris,
        "created_at": one.created_at,
    }


def _kind(one: App) -> str:
    return "confidential" if one.is_confidential else "public"
