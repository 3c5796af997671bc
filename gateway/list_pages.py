"""Lists of users as the API shows them, and pages of lists and of users of lists."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from aiohttp import web
from msgspec import UNSET

from gateway.answers import answer, reached_beside, users_page
from gateway.cursors import Neighbours
from gateway.filling import Seen, filled_either_way
from gateway.people import user_objects
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.times import timestamp
from gateway.visibility import visible
from gateway.wanted import Wanted, wanted, wanted_of_lists
from projections.lists import ListRow, Look, Membership
from schemas.api.answers import Answer, Includes, Page
from schemas.api.lists import ListLookup, ListObject, ListsQuery, MembersQuery
from schemas.ids import time_of

PAGE = 100

Read = Callable[[Look], Awaitable[Sequence[Membership]]]


async def lists_through(request: web.Request, asked: ListLookup, read: Read) -> web.Response:
    """A page of those of the lists that are read whose owners the reader may see."""
    gateway, viewer = gateway_of(request), user_of(request)
    rows: dict[int, ListRow] = {}

    async def seen(found: Sequence[Membership]) -> Sequence[Membership]:
        there = await gateway.readers.lists.find([membership.id for membership in found])
        owners = await visible(gateway, viewer, {row.owner for row in there.values()})
        rows.update({list_id: row for list_id, row in there.items() if row.owner in owners})
        return [membership for membership in found if membership.id in rows]

    page, beside = await _paged(asked, read, seen)
    shown = {membership.id: rows[membership.id] for membership in page}
    return answer(
        Answer(
            data=list_objects(shown, wanted_of_lists(asked)) or UNSET,
            includes=await owners_of(request, shown.values(), wanted(request, asked)) or UNSET,
            meta=Page(
                result_count=len(shown),
                next_token=beside.following,
                previous_token=beside.previous,
            ),
        )
    )


async def users_through(request: web.Request, asked: MembersQuery, read: Read) -> web.Response:
    """A page of those of the users that are read whom the reader may see."""
    gateway, viewer, fields = gateway_of(request), user_of(request), wanted(request, asked)

    async def seen(found: Sequence[Membership]) -> Sequence[Membership]:
        users = await visible(gateway, viewer, [membership.id for membership in found])
        return [membership for membership in found if membership.id in users]

    page, beside = await _paged(asked, read, seen)
    return await users_page(request, [membership.id for membership in page], fields, *beside)


async def _paged(
    asked: ListLookup | MembersQuery, read: Read, seen: Seen[Membership]
) -> tuple[Sequence[Membership], Neighbours]:
    """What may be shown of what the token asks for, newest first."""
    token = limit = None
    if isinstance(asked, ListsQuery | MembersQuery):
        token, limit = asked.pagination_token, asked.max_results

    async def beyond(place: int, size: int, newer: bool) -> Sequence[Membership]:
        return await read(Look(size, place, newer))

    return await filled_either_way(beyond, seen, lambda m: m.event_id, token, limit or PAGE)


async def owners_of(
    request: web.Request, rows: Iterable[ListRow], wanted: Wanted
) -> Includes | None:
    """Those who made the lists, if that was asked for."""
    if "owner_id" not in wanted.expansions:
        return None
    gateway = gateway_of(request)
    await reached_beside(request, wanted)
    users = await gateway.accounts.by_ids({row.owner for row in rows})
    if not users:
        return None
    viewer = user_of(request)
    return Includes(users=await user_objects(gateway, viewer, list(users.values()), wanted.user))


def list_objects(rows: Mapping[int, ListRow], fields: frozenset[str]) -> list[ListObject]:
    return [
        ListObject(
            id=str(list_id),
            name=row.name,
            created_at=timestamp(time_of(list_id)) if "created_at" in fields else UNSET,
            description=row.description if "description" in fields else UNSET,
            follower_count=row.followers if "follower_count" in fields else UNSET,
            member_count=row.members if "member_count" in fields else UNSET,
            owner_id=str(row.owner) if "owner_id" in fields else UNSET,
            private=row.private if "private" in fields else UNSET,
        )
        for list_id, row in rows.items()
    ]
