"""What authors posted and retweeted, as entries of timelines."""

from collections import defaultdict

from msgspec import Struct, field

from schemas.events import RetweetRemoved, TweetDeleted, TweetPosted, TweetRetweeted
from schemas.topics import RETWEETS, TWEETS
from schemas.tweets import Entry
from streams.audit.folds.told import Told, events_of


class Posted(Struct):
    """Of one author, what stands and what is gone."""

    stands: set[Entry] = field(default_factory=set)
    gone: set[Entry] = field(default_factory=set)

    @property
    def all(self) -> set[Entry]:
        return self.stands | self.gone


def posted(told: Told) -> dict[int, Posted]:
    """By author."""
    found: dict[int, Posted] = defaultdict(Posted)
    for event in events_of(told, TWEETS, RETWEETS):
        match event:
            case TweetPosted():
                entry = Entry(event.tweet_id, event.actor, event.tweet_id)
                if entry not in found[event.actor].gone:
                    found[event.actor].stands.add(entry)
            case TweetRetweeted():
                entry = Entry(event.retweet_id, event.actor, event.tweet_id)
                found[event.actor].stands.add(entry)
                found[event.actor].gone.discard(entry)
            case TweetDeleted():
                _remove(found[event.actor], Entry(event.tweet_id, event.actor, event.tweet_id))
            case RetweetRemoved():
                _remove(found[event.actor], Entry(event.retweet_id, event.actor, event.tweet_id))
            case _:
                pass
    return dict(found)


def _remove(of_author: Posted, entry: Entry) -> None:
    if entry in of_author.stands:
        of_author.stands.discard(entry)
        of_author.gone.add(entry)
