"""Users, by token, id and name."""

from aiohttp import web
from msgspec import UNSET

from gateway.accounts import USERNAME
from gateway.answers import answer
from gateway.parameters import Wanted, id_in_path, ids_of, query, wanted
from gateway.positions import reached
from gateway.problems import invalid, missing, not_found
from gateway.render import user_objects
from gateway.requests import user_of
from gateway.state import gateway_of
from schemas.api import Answer, IdsLookup, Lookup, PartialError, UsernamesLookup
from schemas.users import User

routes = web.RouteTableDef()


@routes.get("/2/users/me")
async def me(request: web.Request) -> web.Response:
    user_id = await user_of(request)
    fields = wanted(query(request, Lookup))
    users = await gateway_of(request).accounts.by_ids([user_id])
    return await _one(request, users.get(user_id), user_id, fields)


@routes.get("/2/users/by/username/{username}")
async def user_by_username(request: web.Request) -> web.Response:
    await user_of(request)
    fields = wanted(query(request, Lookup))
    username = request.match_info["username"]
    if not USERNAME.fullmatch(username):
        raise invalid(f"{username!r} is not 1 to 15 letters, digits and underscores")
    users = await gateway_of(request).accounts.by_usernames([username])
    return await _one(request, users.get(username.lower()), username, fields)


@routes.get("/2/users/by")
async def users_by_usernames(request: web.Request) -> web.Response:
    await user_of(request)
    parameters = query(request, UsernamesLookup)
    names = {name.lower(): name for name in parameters.usernames.split(",")}
    users = await gateway_of(request).accounts.by_usernames(names)
    errors = [
        missing("user", "usernames", name) for lower, name in names.items() if lower not in users
    ]
    found = [users[lower] for lower in names if lower in users]
    return await _several(request, found, errors, wanted(parameters))


@routes.get("/2/users/{id}")
async def user_by_id(request: web.Request) -> web.Response:
    await user_of(request)
    fields = wanted(query(request, Lookup))
    user_id = id_in_path(request, "id")
    users = await gateway_of(request).accounts.by_ids([user_id])
    return await _one(request, users.get(user_id), user_id, fields)


@routes.get("/2/users")
async def users_by_ids(request: web.Request) -> web.Response:
    await user_of(request)
    parameters = query(request, IdsLookup)
    user_ids = ids_of(parameters.ids)
    users = await gateway_of(request).accounts.by_ids(user_ids)
    errors = [missing("user", "ids", str(i)) for i in user_ids if i not in users]
    found = [users[user_id] for user_id in user_ids if user_id in users]
    return await _several(request, found, errors, wanted(parameters))


async def _one(
    request: web.Request, user: User | None, named: int | str, fields: Wanted
) -> web.Response:
    gateway = gateway_of(request)
    await reached(request, gateway.readers.graph, gateway.readers.tweets)
    if user is None:
        raise not_found("user", named)
    (shown,) = await user_objects(gateway, [user], fields.user)
    return answer(Answer(data=shown))


async def _several(
    request: web.Request, users: list[User], errors: list[PartialError], fields: Wanted
) -> web.Response:
    gateway = gateway_of(request)
    await reached(request, gateway.readers.graph, gateway.readers.tweets)
    shown = await user_objects(gateway, users, fields.user)
    return answer(Answer(data=shown or UNSET, errors=errors or UNSET))
