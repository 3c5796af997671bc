"""Tweets, replies, retweets and users as documents.

    {id, at, author, text, hashtags, cashtags, mentions, urls, lang, conversation, parent,
     parent_author, quote_of, retweet_of, retweeted_author, held, kinds, likes, likes_as_of,
     version, media}

Ids are strings but for `id`, the tweet's own, and `version`, its newest wording's. `held` is what
`has:` finds, `kinds` what `is:` finds. Of two counts of `likes` the one with the higher
`likes_as_of` is newer. What is empty is left out, but for what an edit may change. A deleted tweet
is {deleted: true}: no query finds it, and no late event revives it. An erased user is {}, which no
query finds; a later event would revive them, but `UserErased` is the last that there is of anybody.
"""

from projections.elasticsearch import Document
from schemas.events import ProfileChanged, TweetRetweeted, UserRegistered
from schemas.ids import time_of
from schemas.search.facts import Facts, Said
from schemas.search.matching import held, kinds
from schemas.search.words import fold, words_of

DELETED: Document = {"deleted": True}
ERASED: Document = {}


def tweet_document(facts: Facts, version: int) -> Document:
    document = said_fields(facts.said)
    document["id"] = facts.tweet_id
    document["at"] = time_of(facts.tweet_id)
    document["author"] = str(facts.author)
    document["conversation"] = str(facts.conversation)
    document["likes"] = facts.likes
    document["likes_as_of"] = 0
    document["version"] = version
    document["held"] = sorted(held(facts))
    if found := kinds(facts):
        document["kinds"] = sorted(found)
        document |= _related(facts)
    if facts.media:
        document["media"] = sorted(facts.media)
    return document


def _related(facts: Facts) -> Document:
    related = {
        "parent": facts.parent,
        "parent_author": facts.parent_author,
        "quote_of": facts.quote_of,
        "retweet_of": facts.retweet_of,
        "retweeted_author": facts.retweeted_author,
    }
    return {name: str(one) for name, one in related.items() if one is not None}


def said_fields(said: Said) -> Document:
    """What a wording decides."""
    return {
        "text": " ".join(said.words),
        "hashtags": sorted(said.hashtags) if said.hashtags else (),
        "cashtags": sorted(said.cashtags) if said.cashtags else (),
        "mentions": [str(user) for user in sorted(said.mentions)] if said.mentions else (),
        "urls": [" ".join(url) for url in said.urls] if said.urls else (),
        "lang": said.lang,
    }


def retweet_facts(event: TweetRetweeted) -> Facts:
    return Facts(
        tweet_id=event.retweet_id,
        author=event.actor,
        said=Said(),
        conversation=event.retweet_id,
        retweet_of=event.tweet_id,
        retweeted_author=event.author,
    )


def user_document(event: UserRegistered | ProfileChanged) -> Document:
    words = sorted(user_words(event.username, event.name))
    return {"id": event.user_id, "username": fold(event.username), "words": words}


def user_words(username: str, name: str) -> set[str]:
    """What a user is found by the beginnings of."""
    return {fold(username), *words_of(username), *words_of(name)}
