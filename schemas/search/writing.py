"""A tree as the text of a query."""

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
)


def written(node: Node) -> str:
    """`parse` makes the same tree of it."""
    match node:
        case All(parts):
            return " ".join(_grouped(part) if isinstance(part, Any) else written(part)
                            for part in parts)  # fmt: skip
        case Any(parts):
            return " OR ".join(written(part) for part in parts)
        case Not(inner):
            return f"-{_grouped(inner) if isinstance(inner, All | Any | Not) else written(inner)}"
        case Words(words):
            return f'"{" ".join(words)}"'
        case Hashtag(tag):
            return f"#{tag}"
        case Cashtag(tag):
            return f"${tag}"
        case Mentions(name):
            return f"@{name}"
        case Since(tweet_id):
            return f"since_id:{tweet_id - 1}" if tweet_id else "since:1970-01-01"
        case Until(tweet_id):
            return f"until_id:{tweet_id}"
        case Url(words):
            return f'url:"{" ".join(words)}"'
        case _:
            return _operator(node)


def _grouped(node: Node) -> str:
    return f"({written(node)})"


def _operator(
    node: From
    | To
    | RetweetsOf
    | InConversation
    | InReplyTo
    | Quotes
    | Retweets
    | Lang
    | Having
    | Being
    | Sampled
    | MinLikes,
) -> str:
    match node:
        case From(user):
            return f"from:{user}"
        case To(user):
            return f"to:{user}"
        case RetweetsOf(user):
            return f"retweets_of:{user}"
        case InConversation(tweet_id):
            return f"conversation_id:{tweet_id}"
        case InReplyTo(tweet_id):
            return f"in_reply_to_tweet_id:{tweet_id}"
        case Quotes(tweet_id):
            return f"quotes_of_tweet_id:{tweet_id}"
        case Retweets(tweet_id):
            return f"retweets_of_tweet_id:{tweet_id}"
        case Lang(lang):
            return f"lang:{lang}"
        case Having(what):
            return f"has:{what}"
        case Being(what):
            return f"is:{what}"
        case Sampled(percent):
            return f"sample:{percent}"
        case MinLikes(count):
            return f"min_likes:{count}"
