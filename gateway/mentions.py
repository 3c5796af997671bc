"""Whom a text means by the user names in it."""

from gateway.state import Gateway
from schemas.text import mentions

MAX_MENTIONS = 50


async def mentioned(gateway: Gateway, text: str) -> tuple[int, ...]:
    """The ids of those mentioned who exist, each once, in the order of the text."""
    names = mentions(text)[:MAX_MENTIONS]
    if not names:
        return ()
    users = await gateway.accounts.by_usernames(names)
    return tuple(users[name].user_id for name in names if name in users)
