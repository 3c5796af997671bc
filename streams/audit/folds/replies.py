"""What the reply store must hold."""

from typing import Any

from schemas.events import ReplyHidden, ReplyPosted
from schemas.topics import REPLIES
from streams.audit.folds.reactions import likes
from streams.audit.folds.texts import store
from streams.audit.folds.told import Told, events_of, recorded_of


def expected(told: Told) -> dict[str, Any]:
    rows = store(told, REPLIES, "reply")
    liked = likes(told)
    for key, document in rows.items():
        if key.startswith("reply ") and not document["deleted"]:
            number = liked[int(key.removeprefix("reply "))]
            document |= {"hidden": False, "hidden_at": -1, "likes": number}
    for _, (offset, event) in recorded_of(told, REPLIES):
        if isinstance(event, ReplyHidden):
            reply = rows.get(f"reply {event.tweet_id}", {})
            if "root" in reply and reply["root"]["author"] == event.actor:
                reply |= {"hidden": event.hidden, "hidden_at": offset}
    for event in events_of(told, REPLIES):
        if isinstance(event, ReplyPosted) and event.parent != event.root:
            rows[f"answered {event.parent}"] = True
    return rows
