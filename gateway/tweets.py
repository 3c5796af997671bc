"""Looking up tweets by id."""

from aiohttp import web

from gateway.answers import answer, tweets_answer
from gateway.endpoints import Endpoints
from gateway.parameters import id_in_path, ids_of
from gateway.positions import reached
from gateway.problems import missing, not_found, withheld
from gateway.requests import user_of
from gateway.state import Gateway, gateway_of
from gateway.time_travel import all_as_then, moment, must_exist, wanted_then
from gateway.times import timestamp
from gateway.visibility import authors_of, must_see, reachable
from gateway.wanted import wanted
from schemas.api.answers import Answer
from schemas.api.base import IdsLookup
from schemas.api.tweets import TweetObject, TweetQuery, VersionObject
from schemas.tweets import Tweet

endpoints = Endpoints()


@endpoints.get("/2/tweets/{id}", answers=TweetObject)
async def tweet_by_id(request: web.Request, asked: TweetQuery) -> web.Response:
    """One tweet, by its id or that of any of its versions; with `as_of`, as it read then."""
    before = moment(asked.as_of)
    fields = wanted_then(request, asked, before)
    gateway = gateway_of(request)
    await reached(request, *gateway.tweets.views, gateway.readers.graph)
    tweet = await _existing(gateway, id_in_path(request, "id"))
    await must_see(gateway, user_of(request), authors_of(tweet))
    must_exist(tweet, before)
    then = await all_as_then(gateway, [tweet], before, {})
    if not then:
        raise not_found("tweet", tweet.tweet_id)
    return await tweets_answer(request, then, fields, [], single=True)


@endpoints.get("/2/tweets", answers=list[TweetObject])
async def tweets_by_ids(request: web.Request, asked: IdsLookup) -> web.Response:
    """Up to 100 tweets by their ids."""
    fields = wanted(request, asked)
    gateway = gateway_of(request)
    await reached(request, *gateway.tweets.views, gateway.readers.graph)
    tweet_ids = ids_of(asked.ids)
    found = await gateway.tweets.several_for_writing(tweet_ids)
    authors = {author for tweet in found.values() if tweet for author in authors_of(tweet)}
    seen = await reachable(gateway, user_of(request), authors)
    tweets, errors = [], []
    for tweet_id in tweet_ids:
        tweet = found.get(tweet_id)
        if tweet is None:
            errors.append(missing("tweet", "ids", str(tweet_id)))
        elif authors_of(tweet) <= seen:
            tweets.append(tweet)
        else:
            errors.append(withheld("tweet", "ids", str(tweet_id)))
    return await tweets_answer(request, tweets, fields, errors)


@endpoints.get("/2/tweets/{id}/history", answers=list[VersionObject])
async def tweet_history(request: web.Request) -> web.Response:
    """Every wording of a tweet, the first one first."""
    gateway = gateway_of(request)
    await reached(request, *gateway.tweets.views, gateway.readers.graph)
    tweet = await _existing(gateway, id_in_path(request, "id"))
    await must_see(gateway, user_of(request), authors_of(tweet))
    return answer(
        Answer(
            data=[
                VersionObject(str(version.version_id), version.text, timestamp(version.at))
                for version in tweet.versions
            ]
        )
    )


async def _existing(gateway: Gateway, tweet_id: int) -> Tweet:
    tweet = await gateway.tweets.find_for_writing(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id)
    return tweet
