"""Whom a text means by the user names in it."""

from gateway.state import Gateway
from schemas.text import entities

MAX_MENTIONS = 50


async def mentioned(gateway: Gateway, text: str) -> tuple[int, ...]:
    """The ids of those mentioned who exist, each once, in the order of the text."""
    if "@" not in text and "＠" not in text:
        return ()
    found = entities(text)
    mentions = found.mentions if found else ()
    names = dict.fromkeys(mention.username.lower() for mention in mentions)
    users = await gateway.accounts.by_usernames(list(names)[:MAX_MENTIONS])
    return tuple(users[name].user_id for name in names if name in users)
