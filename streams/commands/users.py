"""Accounts, their tokens and their keys."""

import sys
from typing import Annotated

import typer
from msgspec.structs import asdict

from gateway.accounts import Accounts, Registration
from gateway.leases import leased_snowflakes
from gateway.signing_keys import KeyStore, SigningKeys
from projections.stores import Stores
from streams.commands.running import AsJson, fail, run, with_stores
from streams.console import err, show_json

app = typer.Typer(help="Accounts, their tokens and their keys.", no_args_is_help=True)


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


@app.command("revoke")
def user_revoke(username: str, as_json: AsJson = False) -> None:
    """Revoke all bearer tokens and keys of an account."""

    async def revoke(stores: Stores) -> tuple[int, int, int]:
        accounts = Accounts(stores.postgres)
        user_id = await _named(accounts, username)
        return user_id, *await accounts.revoke(user_id)

    user_id, tokens, keys = run(with_stores(revoke))
    if as_json:
        told = {"id": str(user_id), "username": username}
        show_json({**told, "revoked": tokens, "revoked_keys": keys})
        return
    err.print(f"revoked {tokens} tokens of {username}, and {keys} sets of keys", highlight=False)


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
