"""An export to be read by a person. Whatever anybody wrote is escaped: it is text, never markup."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any

from msgspec import UNSET

from gateway.media.rows import Upload
from streams.export.gathering import Holdings
from streams.export.lists import OwnList
from streams.export.texts import Said

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em; }}
article {{ border-top: 1px solid #ccc; padding: .5em 0; }}
p {{ margin: .3em 0; white-space: pre-wrap; overflow-wrap: anywhere; }}
small, .old {{ color: #666; }}
img, video {{ max-width: 100%; max-height: 20em; }}
td {{ padding-right: 1em; vertical-align: top; }}
</style>
"""

TITLES = {
    "likes": "Likes",
    "dislikes": "Dislikes",
    "retweets": "Retweets",
    "bookmarks": "Bookmarks",
    "follows": "Whom you follow",
    "follow_requests": "Whom you asked to follow",
    "blocks": "Whom you blocked",
    "mutes": "Whom you muted",
    "followed_lists": "Lists that you follow",
    "pinned_lists": "Lists that you pinned",
}


def page(held: Holdings, media: Mapping[str, str]) -> str:
    """`media` are the files beside the page, by key."""
    done = held.deeds
    title = f"{_called(held)} on birdlog"
    parts = [
        _HEAD.format(title=escape(title)),
        f"<h1>{escape(title)}</h1>\n",
        "<p>All that birdlog holds of yours. The folder json has it for programs.</p>\n",
        _section("Account", _rows(_account(held.account))),
        _section("Profile", _rows((one["at"], _profile(one)) for one in done.profiles)),
        _section("Tweets", (_said(said, media) for said in done.tweets.values())),
        _section("Replies", (_said(said, media) for said in done.replies.values())),
    ]
    for kind, spans in done.spans.of.items():
        rows = ((span.id, _during(span.since, span.until)) for span in spans)
        parts.append(_section(TITLES[kind], _rows(rows)))
    votes = done.votes.values()
    voted = ((vote["tweet_id"], f"option {vote['option']}, {vote['at']}") for vote in votes)
    parts.append(_section("Votes", _rows(voted)))
    lists = ((one.name, _described(one)) for one in done.lists.values())
    parts.append(_section("Lists", _rows(lists)))
    hidden = (
        (one["tweet_id"], f"{'hidden' if one['hidden'] else 'shown again'}, {one['at']}")
        for one in done.hidden_replies
    )
    parts.append(_section("Replies that you hid", _rows(hidden)))
    read = ((f"up to {one['until']}", one["at"]) for one in done.notifications_read)
    parts.append(_section("Notifications that you read", _rows(read)))
    uploads = ((one.media_key, _uploaded(one, media)) for one in held.uploads)
    parts.append(_section("Photos and videos", _rows(uploads)))
    return "".join(parts)


def _called(held: Holdings) -> str:
    username = held.account["username"]
    return f"user {held.account['id']}" if username is None else f"@{username}"


def _section(title: str, content: Iterable[str]) -> str:
    inside = "".join(content)
    return f"<h2>{escape(title)}</h2>\n{inside or '<p>None.</p>'}\n"


def _rows(pairs: Iterable[tuple[str, Any]]) -> list[str]:
    rows = [f"<tr><td>{escape(str(name))}<td>{escape(str(value))}\n" for name, value in pairs]
    return ["<table>\n", *rows, "</table>"] if rows else []


def _said(said: Said, media: Mapping[str, str]) -> str:
    *older, newest = said.versions
    parts = [f"<article>\n<p>{escape(newest.text)}</p>\n"]
    parts += [f'<p class="old">until the next edit: {escape(old.text)}</p>\n' for old in older]
    there = [one for one in said.media if one.media_key in media]
    parts += [_shown(media[one.media_key], one.alt_text) for one in there]
    if said.poll is not UNSET:
        parts.append(f"<p>{escape(' / '.join(said.poll.options))}</p>\n")
    notes = [said.versions[0].at, f"id {said.id}"]
    for what, value in (
        ("in reply to", said.in_reply_to),
        ("quotes", said.quote_of),
        ("deleted", said.deleted_at),
    ):
        if value is not UNSET:
            notes.append(f"{what} {value}")
    return "".join(parts) + f"<small>{escape(', '.join(notes))}</small>\n</article>\n"


def _shown(file: str, text: str) -> str:
    name, description = escape(file, quote=True), escape(text, quote=True)
    if file.endswith((".mp4", ".mov")):
        return f'<video controls src="{name}" title="{description}"></video>\n'
    return f'<img src="{name}" alt="{description}">\n'


def _during(since: str, until: object) -> str:
    return since if until is UNSET else f"{since} until {until}"


def _account(held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A row for each token, program and rule."""
    for name, value in held.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, _plain(one)


def _plain(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case dict():
            return ", ".join(f"{name}: {_plain(one)}" for name, one in value.items())
        case _:
            return str(value)


def _profile(told: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in told.items() if name != "at" and value)


def _uploaded(upload: Upload, media: Mapping[str, str]) -> str:
    file = media.get(upload.media_key, "not there any more")
    return f"{file}, {upload.alt_text}" if upload.alt_text else file


def _described(kept: OwnList) -> str:
    state = "private" if kept.private else "public"
    gone = "" if kept.deleted_at is UNSET else f", deleted {kept.deleted_at}"
    return f"{kept.description} ({state}{gone}): {', '.join(kept.members) or 'nobody'}"
