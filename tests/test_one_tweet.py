"""One tweet, followed all the way."""

from schemas.servers import Servers
from streams.tail import lines
from tests.person import Person


async def test_a_tweet_goes_through_the_log_to_a_followers_timeline(
    servers: Servers, alice: Person, bob: Person
) -> None:
    await bob.follow(alice)
    await bob.home()
    posted = await alice.call("POST", "/2/tweets", json={"text": "Kestrel over the #canal"})
    assert posted.status == 201

    recorded = [
        line
        async for line in lines(
            servers.kafka, "tweets", key=posted.data["id"], start=0, follow=False
        )
    ]
    assert [line.position for line in recorded] == [posted.position]
    assert recorded[0].event["type"] == "TweetPosted"
    assert recorded[0].event["actor"] == alice.id
    assert recorded[0].event["request_id"] == posted.headers["X-Request-ID"]

    bob.has_seen(alice)
    home = await bob.home(**{"tweet.fields": "author_id,entities", "expansions": "author_id"})
    (tweet,) = home.data
    assert tweet["id"] == posted.data["id"]
    assert tweet["text"] == "Kestrel over the #canal"
    assert tweet["author_id"] == alice.id
    assert tweet["entities"]["hashtags"] == [{"start": 17, "end": 23, "tag": "canal"}]
    assert home.body["includes"]["users"][0]["username"] == alice.username
    assert home.body["meta"]["result_count"] == 1
