"""What a query can look at in a tweet."""

from collections.abc import Collection, Iterable

from msgspec import Struct

from schemas.ids import Id
from schemas.search.words import fold, words_of, words_of_url
from schemas.text import Entities, Tag, entities
from schemas.tweets import Tweet, Version


class Said(Struct, frozen=True):
    """What the newest wording holds, all folded; hashtags and mentioned names are words too."""

    words: tuple[str, ...] = ()
    hashtags: frozenset[str] = frozenset()
    cashtags: frozenset[str] = frozenset()
    mentions: frozenset[Id] = frozenset()
    urls: tuple[tuple[str, ...], ...] = ()
    lang: str = "und"


class Facts(Struct, frozen=True, kw_only=True):
    """Ids throughout; `likes` counts the likes as of now."""

    tweet_id: Id
    author: Id
    said: Said
    conversation: Id
    parent: Id | None = None
    parent_author: Id | None = None
    quote_of: Id | None = None
    retweet_of: Id | None = None
    retweeted_author: Id | None = None
    media: frozenset[str] = frozenset()
    likes: int = 0


_NONE: frozenset[str] = frozenset()
_NOBODY: frozenset[Id] = frozenset()


def said(version: Version, lang: str) -> Said:
    mentions = frozenset(version.mentions) if version.mentions else _NOBODY
    found = entities(version.text)
    if found is None:
        return Said(words_of(version.text), mentions=mentions, lang=lang)
    return Said(
        words=words_of(_without_urls(version.text, found)),
        hashtags=_folded(found.hashtags),
        cashtags=_folded(found.cashtags),
        mentions=mentions,
        urls=tuple([words_of_url(url.url) for url in found.urls]),
        lang=lang,
    )


def facts_of(tweet: Tweet, *, lang: str = "und", likes: int = 0) -> Facts:
    """`lang` is that of the newest version."""
    reply, retweet = tweet.reply, tweet.retweet_of
    return Facts(
        tweet_id=tweet.tweet_id,
        author=tweet.author,
        said=said(tweet.versions[-1], lang) if tweet.versions else Said(),
        conversation=tweet.conversation,
        parent=reply.parent.tweet_id if reply else None,
        parent_author=reply.parent.author if reply else None,
        quote_of=tweet.quote_of.tweet_id if tweet.quote_of else None,
        retweet_of=retweet.tweet_id if retweet else None,
        retweeted_author=retweet.author if retweet else None,
        media=media_kinds([medium.type for medium in tweet.media]),
        likes=likes,
    )


def media_kinds(types: Iterable[str]) -> frozenset[str]:
    """Of `media`, `images` and `videos` those that apply; an animated GIF is a video."""
    kinds = {"images" if one == "photo" else "videos" for one in types}
    return frozenset(kinds | {"media"}) if kinds else _NONE


def _folded(tags: Collection[Tag]) -> frozenset[str]:
    return frozenset([fold(tag.tag) for tag in tags]) if tags else _NONE


def _without_urls(text: str, found: Entities) -> str:
    for url in reversed(found.urls):
        text = f"{text[: url.start]} {text[url.end :]}"
    return text
