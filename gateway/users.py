"""Users, by token, id and name."""

from aiohttp import web

from gateway.accounts import USERNAME
from gateway.answers import users_answer
from gateway.endpoints import Endpoints
from gateway.parameters import id_in_path, ids_of
from gateway.problems import invalid, missing, not_found
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.wanted import Wanted, wanted
from schemas.api.answers import PartialError
from schemas.api.base import IdsLookup, Lookup
from schemas.api.users import UsernamesLookup, UserObject
from schemas.users import User

endpoints = Endpoints()


@endpoints.get("/2/users/me", answers=UserObject)
async def me(request: web.Request, asked: Lookup) -> web.Response:
    """Who you are."""
    user_id = user_of(request)
    fields = wanted(request, asked)
    users = await gateway_of(request).accounts.by_ids([user_id])
    return await _one(request, users.get(user_id), user_id, fields)


@endpoints.get("/2/users/by/username/{username}", answers=UserObject)
async def user_by_username(request: web.Request, asked: Lookup) -> web.Response:
    """One user by name."""
    fields = wanted(request, asked)
    username = request.match_info["username"]
    if not USERNAME.fullmatch(username):
        raise invalid(f"{username!r} is not 1 to 15 letters, digits and underscores")
    users = await gateway_of(request).accounts.by_usernames([username])
    return await _one(request, users.get(username.lower()), username, fields)


@endpoints.get("/2/users/by", answers=list[UserObject])
async def users_by_usernames(request: web.Request, asked: UsernamesLookup) -> web.Response:
    """Up to 100 users by name."""
    names = {name.lower(): name for name in asked.usernames.split(",")}
    users = await gateway_of(request).accounts.by_usernames(names)
    errors = [
        missing("user", "usernames", name) for lower, name in names.items() if lower not in users
    ]
    found = [users[lower] for lower in names if lower in users]
    return await _several(request, found, errors, wanted(request, asked))


@endpoints.get("/2/users/{id}", answers=UserObject)
async def user_by_id(request: web.Request, asked: Lookup) -> web.Response:
    """One user by id."""
    fields = wanted(request, asked)
    user_id = id_in_path(request, "id")
    users = await gateway_of(request).accounts.by_ids([user_id])
    return await _one(request, users.get(user_id), user_id, fields)


@endpoints.get("/2/users", answers=list[UserObject])
async def users_by_ids(request: web.Request, asked: IdsLookup) -> web.Response:
    """Up to 100 users by id."""
    user_ids = ids_of(asked.ids)
    users = await gateway_of(request).accounts.by_ids(user_ids)
    errors = [missing("user", "ids", str(i)) for i in user_ids if i not in users]
    found = [users[user_id] for user_id in user_ids if user_id in users]
    return await _several(request, found, errors, wanted(request, asked))


async def _one(
    request: web.Request, user: User | None, named: int | str, fields: Wanted
) -> web.Response:
    if user is None:
        raise not_found("user", named, "id" if isinstance(named, int) else "username")
    return await users_answer(request, [user], fields, single=True)


async def _several(
    request: web.Request, users: list[User], errors: list[PartialError], fields: Wanted
) -> web.Response:
    return await users_answer(request, users, fields, errors=errors)
