"""Accounts, their tokens and their keys, and the programs they have let in."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec.structs import asdict

from gateway.accounts import Accounts, Registration, Revoked
from gateway.leases import leased_snowflakes
from gateway.oauth2.apps import Apps
from gateway.oauth2.grants import Grant, Grants
from gateway.signing_keys import KeyStore, SigningKeys
from projections.stores import Stores
from streams.commands.erasures import user_erase
from streams.commands.running import AsJson, fail, run, with_stores
from streams.console import err, show_json, show_table

app = typer.Typer(help="Accounts, their tokens and their keys.", no_args_is_help=True)
app.command("erase")(user_erase)


@app.command("add")
def user_add(
    username: Annotated[str, typer.Argument(help="1 to 15 letters, digits and underscores.")],
    name: Annotated[str | None, typer.Option(help="The name shown; else the user name.")] = None,
    email: Annotated[str | None, typer.Option(help="Kept with the account only.")] = None,
    token: Annotated[bool, typer.Option("--token", help="Print a bearer token.")] = False,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password, or read it from a pipe.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create an account."""
    secret = _password() if password else None
    registration = Registration(
        username=username, name=name or username, email=email, password=secret
    )

    async def add(stores: Stores) -> tuple[int, str | None]:
        accounts = Accounts(stores.postgres)
        async with leased_snowflakes(stores.postgres) as ids:
            user = await accounts.register(registration, ids, "user add")
        return user.user_id, await accounts.issue_token(user.user_id) if token else None

    user_id, issued = run(with_stores(add))
    _show_user(username, user_id, issued, as_json=as_json)


@app.command("token")
def user_token(username: str, as_json: AsJson = False) -> None:
    """Print a new bearer token for an account."""

    async def issue(stores: Stores) -> tuple[int, str]:
        accounts = Accounts(stores.postgres)
        user_id = await _named(accounts, username)
        return user_id, await accounts.issue_token(user_id)

    user_id, issued = run(with_stores(issue))
    _show_user(username, user_id, issued, as_json=as_json)


@app.command("keys")
def user_keys(username: str, as_json: AsJson = False) -> None:
    """Print four new keys for an account, with which programs sign as OAuth 1.0a has it."""

    async def issue(stores: Stores) -> SigningKeys:
        user_id = await _named(Accounts(stores.postgres), username)
        return await KeyStore(stores.postgres).issue(user_id)

    keys = asdict(run(with_stores(issue)))
    user_id = keys.pop("user_id")
    if as_json:
        show_json({"id": str(user_id), "username": username, **keys})
        return
    err.print(f"{username} is user {user_id}", highlight=False)
    sys.stdout.writelines(f"{name}={key}\n" for name, key in keys.items())


@app.command("apps")
def user_apps(username: str, as_json: AsJson = False) -> None:
    """Show which programs an account has let in, and for what."""

    async def find(stores: Stores) -> Sequence[Grant]:
        user_id = await _named(Accounts(stores.postgres), username)
        return await Grants(stores.postgres).of_user(user_id)

    grants: Sequence[Grant] = run(with_stores(find))
    if as_json:
        show_json({"username": username, "apps": grants})
        return
    show_table(
        ["client id", "name", "since", "scopes"],
        [
            [one.client_id, one.name, f"{one.created_at:%Y-%m-%d %H:%M}", one.scope]
            for one in grants
        ],
    )


@app.command("revoke")
def user_revoke(
    username: str,
    client_id: Annotated[
        str | None, typer.Option("--app", help="Only what this program was let in for.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Revoke all bearer tokens and keys of an account, and what programs were let in for."""

    async def revoke(stores: Stores) -> tuple[int, Revoked]:
        accounts = Accounts(stores.postgres)
        user_id = await _named(accounts, username)
        if client_id is None:
            return user_id, await accounts.revoke(user_id)
        if await Apps(stores.postgres).find(client_id) is None:
            fail(f"there is no program {client_id}: see ./birdlog user apps {username}")
        return user_id, Revoked(0, 0, await Grants(stores.postgres).revoke(user_id, client_id))

    user_id, done = run(with_stores(revoke))
    if as_json:
        told = {"id": str(user_id), "username": username}
        counts = {"revoked_keys": done.keys, "revoked_grants": done.grants}
        show_json({**told, "revoked": done.tokens, **counts})
        return
    err.print(
        f"revoked {done.tokens} tokens of {username}, {done.keys} sets of keys,"
        f" and what programs were let in for {done.grants} times",
        highlight=False,
    )


async def _named(accounts: Accounts, username: str) -> int:
    users = await accounts.by_usernames([username])
    if not users:
        fail(f"there is no user {username}")
    (user,) = users.values()
    return user.user_id


def _show_user(username: str, user_id: int, token: str | None, *, as_json: bool) -> None:
    if as_json:
        show_json({"id": str(user_id), "username": username, "token": token})
        return
    err.print(f"{username} is user {user_id}", highlight=False)
    if token is not None:
        sys.stdout.write(token + "\n")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True))
    given = sys.stdin.readline().rstrip("\n")
    if not given:
        fail("no password came through the pipe")
    return given
