"""Lists of users: made, changed, deleted."""

from aiohttp import web

from events.clock import now_ms
from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import id_in_path
from gateway.positions import passed
from gateway.problems import forbidden, invalid, not_found
from gateway.requests import user_of
from gateway.state import Gateway, gateway_of
from gateway.visibility import must_see
from gateway.writing import of_type
from projections.lists import ListRow, Lists
from schemas.api.lists import ChangeList, CreatedList, CreateList, Updated
from schemas.api.tweets import Deleted
from schemas.events import Event, ListChanged, ListCreated, ListDeleted
from schemas.ids import is_new
from schemas.text import normalize
from schemas.text.inline import unfit

endpoints = Endpoints()

MAX_LISTS = 1_000


@endpoints.post("/2/lists", answers=CreatedList, statuses=(201,))
async def create_list(request: web.Request, command: CreateList) -> web.Response:
    """Make a list."""
    user, gateway = user_of(request), gateway_of(request)
    name = _clean(command.name, "name")
    description = _clean(command.description, "description")

    async def decide() -> Event:
        await passed(await gateway.ends.now(), gateway.readers.lists)
        if await gateway.readers.lists.count_owned(user) >= MAX_LISTS:
            raise forbidden(f"nobody can have more than {MAX_LISTS} lists")
        made = fact(request)
        return ListCreated(
            **made,
            list_id=made["event_id"],
            name=name,
            description=description,
            private=command.private,
        )

    published = await gateway.commands.publish_in_turn(request, user, decide)
    created = of_type(published.event, ListCreated)
    shown = CreatedList(str(created.list_id), created.name)
    return written(shown, published.position, status=201)


@endpoints.put("/2/lists/{id}", answers=Updated)
async def change_list(request: web.Request, command: ChangeList) -> web.Response:
    """Change the name or description of a list of yours, or who may see it."""
    user, gateway = user_of(request), gateway_of(request)
    list_id = id_in_path(request, "id")
    name = None if command.name is None else _clean(command.name, "name")
    description = (
        None if command.description is None else _clean(command.description, "description")
    )

    async def decide() -> Event:
        await own_list(gateway, user, list_id)
        return ListChanged(
            **fact(request),
            list_id=list_id,
            name=name,
            description=description,
            private=command.private,
        )

    published = await gateway.commands.publish(request, user, decide)
    return written(Updated(updated=True), published.position)


@endpoints.delete("/2/lists/{id}", answers=Deleted)
async def delete_list(request: web.Request) -> web.Response:
    """Delete a list of yours."""
    user, gateway = user_of(request), gateway_of(request)
    list_id = id_in_path(request, "id")

    async def decide() -> Event:
        await own_list(gateway, user, list_id)
        return ListDeleted(**fact(request), list_id=list_id)

    published = await gateway.commands.publish(request, user, decide)
    return written(Deleted(deleted=True), published.position)


async def seen_list(gateway: Gateway, viewer: int, list_id: int) -> ListRow:
    """As `find_list`; raises a 403 `Problem` when the viewer may not see whose it is."""
    row = await find_list(gateway, viewer, list_id)
    await must_see(gateway, viewer, [row.owner])
    return row


async def own_list(gateway: Gateway, user: int, list_id: int) -> ListRow:
    """As `find_list`; raises a 403 `Problem` unless the user made it."""
    row = await find_list(gateway, user, list_id)
    if row.owner != user:
        raise forbidden(f"list {list_id} is another user's")
    return row


async def find_list(gateway: Gateway, user: int, list_id: int) -> ListRow:
    """Raises a 404 `Problem` when there is none, or another user's private one.

    One that is not found although its id is new is looked for again when the view is at the end
    of the log: raises `LogUnavailable`, and a 503 `Problem` when it is not there in time. Another
    user's is looked for as long, so that nobody can tell that there is one.
    """
    lists = gateway.readers.lists
    row = await _there(lists, user, list_id)
    if row is None and is_new(list_id, now_ms()):
        await passed(await gateway.ends.now(), lists)
        row = await _there(lists, user, list_id)
    if row is None:
        raise not_found("list", list_id)
    return row


async def _there(lists: Lists, user: int, list_id: int) -> ListRow | None:
    row = (await lists.find([list_id])).get(list_id)
    return None if row is None or (row.private and row.owner != user) else row


def _clean(text: str, parameter: str) -> str:
    """In NFC. Raises a 400 `Problem` for what cannot be shown or stored."""
    if found := unfit(text):
        raise invalid(f"{parameter}: it holds {found}")
    if text and not text.strip():
        raise invalid(f"{parameter}: it must hold more than spaces")
    return normalize(text)
