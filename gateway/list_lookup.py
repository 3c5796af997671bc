"""Lists of users, shown."""

from collections.abc import Iterable, Mapping, Sequence

from aiohttp import web
from msgspec import UNSET

from gateway.answers import answer, counted, withheld_page
from gateway.endpoints import Endpoints
from gateway.filling import filled_below
from gateway.lists import PAGE, seen_list
from gateway.parameters import Wanted, id_in_path, place_of, token_after, wanted, wanted_of_lists
from gateway.people import user_objects
from gateway.positions import reached
from gateway.problems import not_found
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.times import timestamp
from gateway.visibility import reachable, visible
from projections.lists import ListRow, Membership
from schemas.api.answers import Answer, Includes, Page
from schemas.api.lists import ListLookup, ListObject, ListsQuery
from schemas.ids import time_of

endpoints = Endpoints()


@endpoints.get("/2/lists/{id}", answers=ListObject)
async def list_by_id(request: web.Request, asked: ListLookup) -> web.Response:
    """One list."""
    fields, list_fields = wanted(asked), wanted_of_lists(asked)
    gateway, list_id = gateway_of(request), id_in_path(request, "id")
    await reached(request, gateway.readers.lists, gateway.readers.graph)
    row = await seen_list(gateway, user_of(request), list_id)
    (shown,) = _objects({list_id: row}, list_fields)
    return answer(Answer(data=shown, includes=await _owners(request, [row], fields) or UNSET))


@endpoints.get("/2/users/{id}/owned_lists", answers=list[ListObject])
async def owned_lists(request: web.Request, asked: ListsQuery) -> web.Response:
    """The lists that a user made, newest first; private ones are shown to their owner only."""
    gateway, owner = gateway_of(request), id_in_path(request, "id")
    if hidden := await _hidden(request, owner):
        return hidden
    limit = asked.max_results or PAGE
    found = await gateway.readers.lists.owned(
        owner,
        private=owner == user_of(request),
        before=place_of(asked.pagination_token),
        limit=limit + 1,
    )
    page = dict(list(found.items())[:limit])
    following = token_after(list(page)[-1]) if len(found) > limit else None
    return await _page(request, asked, page, following)


@endpoints.get("/2/users/{id}/list_memberships", answers=list[ListObject])
async def list_memberships(request: web.Request, asked: ListsQuery) -> web.Response:
    """The lists that a user is on, the newest membership first."""
    gateway, member = gateway_of(request), id_in_path(request, "id")
    if hidden := await _hidden(request, member):
        return hidden
    lists, viewer = gateway.readers.lists, user_of(request)
    rows: dict[int, ListRow] = {}

    async def read(before: int, size: int) -> Sequence[Membership]:
        return await lists.with_member(member, viewer=viewer, before=before, limit=size)

    async def seen(found: Sequence[Membership]) -> Sequence[Membership]:
        there = await lists.find([membership.id for membership in found])
        owners = await visible(gateway, viewer, {row.owner for row in there.values()})
        rows.update({list_id: row for list_id, row in there.items() if row.owner in owners})
        return [membership for membership in found if membership.id in rows]

    before, limit = place_of(asked.pagination_token), asked.max_results or PAGE
    page, following = await filled_below(read, seen, lambda m: m.event_id, before, limit)
    return await _page(request, asked, {m.id: rows[m.id] for m in page}, following)


async def _hidden(request: web.Request, user: int) -> web.Response | None:
    """What is answered to those who may not see the user. Raises a 404 `Problem` for nobody."""
    gateway = gateway_of(request)
    if not await gateway.accounts.by_ids([user]):
        raise not_found("user", user)
    await reached(request, gateway.readers.lists, gateway.readers.graph)
    if await reachable(gateway, user_of(request), [user]):
        return None
    return withheld_page("user", "id", user)


async def _page(
    request: web.Request,
    asked: ListsQuery,
    rows: Mapping[int, ListRow],
    next_token: str | None,
) -> web.Response:
    fields, list_fields = wanted(asked), wanted_of_lists(asked)
    return answer(
        Answer(
            data=_objects(rows, list_fields) or UNSET,
            includes=await _owners(request, rows.values(), fields) or UNSET,
            meta=Page(result_count=len(rows), next_token=next_token),
        )
    )


async def _owners(request: web.Request, rows: Iterable[ListRow], wanted: Wanted) -> Includes | None:
    if "owner_id" not in wanted.expansions:
        return None
    gateway = gateway_of(request)
    await counted(request, wanted)
    users = await gateway.accounts.by_ids({row.owner for row in rows})
    if not users:
        return None
    viewer = user_of(request)
    return Includes(users=await user_objects(gateway, viewer, list(users.values()), wanted.user))


def _objects(rows: Mapping[int, ListRow], fields: frozenset[str]) -> list[ListObject]:
    return [
        ListObject(
            id=str(list_id),
            name=row.name,
            created_at=timestamp(time_of(list_id)) if "created_at" in fields else UNSET,
            description=row.description if "description" in fields else UNSET,
            follower_count=0 if "follower_count" in fields else UNSET,
            member_count=row.members if "member_count" in fields else UNSET,
            owner_id=str(row.owner) if "owner_id" in fields else UNSET,
            private=row.private if "private" in fields else UNSET,
        )
        for list_id, row in rows.items()
    ]
