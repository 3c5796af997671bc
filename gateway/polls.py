"""Voting in polls."""

from aiohttp import web
from msgspec import structs

from events.clock import now_ms
from events.positions import Position
from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.marking import markable
from gateway.parameters import id_in_path, id_of
from gateway.polls_shown import end_of, poll_object
from gateway.positions import passed
from gateway.problems import forbidden, invalid
from gateway.requests import self_of
from gateway.state import Gateway, gateway_of
from gateway.writing import of_type
from schemas.api.polls import CastVote, Voted
from schemas.events import Event, PollVoted
from schemas.fields import POLL_FIELDS

endpoints = Endpoints()


@endpoints.post("/2/users/{id}/votes", answers=Voted)
async def vote(request: web.Request, command: CastVote) -> web.Response:
    """Vote in the poll of a tweet, once; the answer holds the results."""
    user = self_of(request, id_in_path(request, "id"))
    tweet_id = id_of(command.tweet_id, "tweet_id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        tweet = await markable(gateway, user, tweet_id)
        if tweet.poll is None:
            raise invalid(f"tweet_id: tweet {tweet_id} has no poll")
        if command.option > len(tweet.poll.options):
            raise invalid(f"option: the poll has {len(tweet.poll.options)} options")
        voted = fact(request)
        if voted["at"] >= end_of(tweet, tweet.poll):
            raise forbidden(f"the poll of tweet {tweet_id} has ended")
        await passed(await gateway.reaction_ends.now(), gateway.readers.counters)
        if await gateway.readers.counters.vote_of(user, tweet.tweet_id) is not None:
            raise forbidden(f"you have voted in the poll of tweet {tweet_id} already")
        return PollVoted(
            **voted, tweet_id=tweet.tweet_id, author=tweet.author, option=command.option
        )

    published = await gateway.commands.publish_in_turn(request, user, decide)
    event = of_type(published.event, PollVoted)
    results = await _results(gateway, user, event, published.position)
    return written(results, published.position)


async def _results(gateway: Gateway, user: int, event: PollVoted, position: Position) -> Voted:
    """With the user's vote, also where the counters are not that far yet."""
    counters = gateway.readers.counters
    counting = await counters.vote_of(user, event.tweet_id)  # first: what it tells is counted
    counts, included = await counters.with_event(event.tweet_id, position)
    voted = Voted(voted=True, option=counting or event.option)
    tweet = (await gateway.tweets.find([event.tweet_id])).get(event.tweet_id)
    if tweet is None or tweet.poll is None:  # deleted since; the vote stands on the log
        return voted
    poll = poll_object(tweet, tweet.poll, counts, POLL_FIELDS, now_ms())
    if counting is None and not included:
        option = poll.options[event.option - 1]
        poll.options[event.option - 1] = structs.replace(option, votes=option.votes + 1)
    return structs.replace(voted, poll=poll)
