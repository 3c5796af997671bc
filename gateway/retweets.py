"""Retweeting, and undoing it."""

from aiohttp import web

from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import id_in_path, id_of
from gateway.problems import forbidden, not_found
from gateway.requests import self_of
from gateway.state import gateway_of
from gateway.visibility import must_see
from gateway.writing import of_type
from schemas.api.marks import Retweeted, RetweetTweet
from schemas.events import Event, RetweetRemoved, TweetRetweeted

endpoints = Endpoints()


@endpoints.post("/2/users/{id}/retweets", answers=Retweeted)
async def retweet(request: web.Request, command: RetweetTweet) -> web.Response:
    """Retweet a tweet, or a retweet's tweet; again, and nothing changes."""
    user = self_of(request, id_in_path(request, "id"))
    asked = id_of(command.tweet_id, "tweet_id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        found = await gateway.tweets.meant_for_writing(asked)
        if found is None:
            raise not_found("tweet", asked)
        await must_see(gateway, user, found.authors)
        original = found.tweet
        if original.author != user and await gateway.protection.among([original.author]):
            raise forbidden("the tweets of a protected account cannot be retweeted")
        known = await gateway.tweets.retweet_in_force(user, original.tweet_id)
        said = fact(request)
        return TweetRetweeted(
            **said,
            tweet_id=original.tweet_id,
            author=original.author,
            retweet_id=known.retweet_id if known and known.retweet_id else said["event_id"],
        )

    published = await gateway.commands.publish_in_turn(request, user, decide)
    event = of_type(published.event, TweetRetweeted)
    return written(Retweeted(retweeted=True, rest_id=str(event.retweet_id)), published.position)


@endpoints.delete("/2/users/{id}/retweets/{source_tweet_id}", answers=Retweeted)
async def undo_retweet(request: web.Request) -> web.Response:
    """Undo a retweet of yours, named by the tweet or by itself."""
    user = self_of(request, id_in_path(request, "id"))
    asked = id_in_path(request, "source_tweet_id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        found = await gateway.tweets.meant_for_writing(asked)
        original = found.tweet if found else None
        of_gone = None if original else await gateway.tweets.retweet_of_gone(asked)
        meant = of_gone.retweet_of if of_gone else original
        tweet_id = meant.tweet_id if meant else asked
        known = await gateway.tweets.retweet_in_force(user, tweet_id)
        if known is not None:  # also of a tweet that was deleted since
            author, retweet_id = known.original.author, known.retweet_id or 0
        elif original is not None:
            author, retweet_id = original.author, 0
        else:
            raise not_found("tweet", asked)
        return RetweetRemoved(
            **fact(request), tweet_id=tweet_id, author=author, retweet_id=retweet_id
        )

    published = await gateway.commands.publish_in_turn(request, user, decide)
    return written(Retweeted(retweeted=False), published.position)
