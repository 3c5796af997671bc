"""What the desk refuses, as the answers that clients get."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from gateway.media.desk import TooMuchUnused
from gateway.media.objects import ObjectMissing
from gateway.media.rejected import MediaRejected
from gateway.media.room import NoRoom
from gateway.media.rows import TooLarge, Upload
from gateway.problems import Problem, forbidden, invalid, not_found, unavailable
from gateway.requests import user_of
from gateway.state import gateway_of

KEY = re.compile("[0-9]{1,2}_[0-9]{1,39}")


@contextmanager
def refusals() -> Iterator[None]:
    try:
        yield
    except (MediaRejected, TooLarge) as error:
        raise invalid(f"media: {error}") from error
    except TooMuchUnused as error:
        raise forbidden(f"media: {error}") from error
    except NoRoom as error:
        raise unavailable(f"media: {error}") from error
    except ObjectMissing as error:
        raise Problem(409, "Conflict", "the upload was changed meanwhile: try again") from error
    except LookupError as error:
        raise Problem(409, "Conflict", f"media: {error}") from error


async def own_upload(request: web.Request, media_id: int) -> Upload:
    """Raises a 404 `Problem`, also when it is another user's."""
    upload = await gateway_of(request).media.rows.of(media_id, user_of(request))
    if upload is None:
        raise not_found("upload", media_id)
    return upload


def key_in_path(request: web.Request) -> str:
    """Raises a 404 `Problem` for what cannot be a key."""
    key = request.match_info["media_key"]
    if not KEY.fullmatch(key):
        raise not_found("media", key[:60])
    return key
