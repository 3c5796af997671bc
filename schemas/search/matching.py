"""Whether a tweet is what a query looks for."""

from collections.abc import Mapping, Sequence

from schemas.sampling import hundredth
from schemas.search.facts import Facts, Said
from schemas.search.tree import (
    All,
    Any,
    Being,
    Cashtag,
    From,
    Hashtag,
    Having,
    InConversation,
    InReplyTo,
    Lang,
    Mentions,
    MinLikes,
    Node,
    Not,
    Quotes,
    Retweets,
    RetweetsOf,
    Sampled,
    Since,
    To,
    Until,
    Url,
    Words,
    meant,
)


def matches(node: Node, facts: Facts, users: Mapping[str, int]) -> bool:
    """`users` tells whom the query's user names mean now; a name that is missing is nobody's."""
    match node:
        case All(parts):
            return all(matches(part, facts, users) for part in parts)
        case Any(parts):
            return any(matches(part, facts, users) for part in parts)
        case Not(inner):
            return not matches(inner, facts, users)
        case Words(words):
            return _in_a_row(words, facts.said.words)
        case Hashtag(tag):
            return tag in facts.said.hashtags
        case Cashtag(tag):
            return tag in facts.said.cashtags
        case Mentions(name):
            return users.get(name) in facts.said.mentions
        case From(user):
            return facts.author == meant(user, users)
        case To(user):
            return facts.parent is not None and facts.parent_author == meant(user, users)
        case RetweetsOf(user):
            return facts.retweet_of is not None and facts.retweeted_author == meant(user, users)
        case Url(words):
            return any(_in_a_row(words, url) for url in facts.said.urls)
        case InConversation(tweet_id):
            return facts.conversation == tweet_id
        case InReplyTo(tweet_id):
            return facts.parent == tweet_id
        case Quotes(tweet_id):
            return facts.quote_of == tweet_id
        case Retweets(tweet_id):
            return facts.retweet_of == tweet_id
        case Lang(lang):
            return facts.said.lang == lang
        case Having(what):
            return what in held(facts)
        case Being(what):
            return what in kinds(facts)
        case Sampled(percent):
            return hundredth(facts.tweet_id) < percent
        case MinLikes(count):
            return facts.likes >= count
        case Since(tweet_id):
            return facts.tweet_id >= tweet_id
        case Until(tweet_id):
            return facts.tweet_id < tweet_id


def held(facts: Facts) -> set[str]:
    """What `has:` asks for."""
    return told(facts.said) | facts.media


def told(said: Said) -> set[str]:
    """The part of it that a wording decides."""
    found: set[str] = set()
    if said.urls:
        found.add("links")
    if said.hashtags:
        found.add("hashtags")
    if said.cashtags:
        found.add("cashtags")
    if said.mentions:
        found.add("mentions")
    return found


def kinds(facts: Facts) -> set[str]:
    """What `is:` asks for."""
    found: set[str] = set()
    if facts.parent is not None:
        found.add("reply")
    if facts.retweet_of is not None:
        found.add("retweet")
    if facts.quote_of is not None:
        found.add("quote")
    return found


def _in_a_row(wanted: Sequence[str], words: Sequence[str]) -> bool:
    first, length = wanted[0], len(wanted)
    if length == 1:
        return first in words
    return any(
        word == first and words[place : place + length] == wanted
        for place, word in enumerate(words)
    )
