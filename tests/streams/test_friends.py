"""What the friends of the demo do shows, each in its place."""

from events.log import Log
from gateway.leases import leased_snowflakes
from projections.stores import Stores
from schemas.servers import Servers
from streams.friends import Friends, live, settle
from streams.lag import caught_up
from streams.uploads import ALT_TEXT
from tests.conftest import Register

SECONDS = 60.0


async def test_what_the_friends_do_shows(
    register: Register, stores: Stores, servers: Servers, log: Log
) -> None:
    alice, bob, carla = [await register(name) for name in ("alice", "bob", "carla")]
    muted, blocked = [await register(name) for name in ("ned", "mal")]
    friends = Friends(int(alice.id), int(bob.id), int(carla.id), (int(muted.id), int(blocked.id)))
    async with leased_snowflakes(stores.postgres) as ids:
        lived = await live(stores.postgres, servers.media, ids, friends)
        for event in lived.events:
            await log.append(event)
        await settle(stores.postgres, ids, friends, lived.pinned)
    await caught_up(stores, servers.kafka, seconds=SECONDS)

    me = await alice.call(
        "GET", "/2/users/me?user.fields=description&expansions=pinned_tweet_id&tweet.fields=id"
    )
    (pinned,) = me.body["includes"]["tweets"]
    shown = await alice.lookup(
        pinned["id"],
        expansions="attachments.media_keys",
        **{"media.fields": "url,alt_text", "tweet.fields": "public_metrics"},
    )
    (photo,) = shown.body["includes"]["media"]
    assert photo["alt_text"] == ALT_TEXT
    fetched = await alice.fetch("/" + photo["url"].split("/", 3)[3])
    assert fetched.status == 200
    assert shown.data["public_metrics"]["reply_count"] == 2
    counted = shown.data["public_metrics"]
    assert (counted["like_count"], counted["quote_count"], counted["retweet_count"]) == (2, 1, 1)
    (retweeter,) = (await alice.call("GET", f"/2/tweets/{pinned['id']}/retweeted_by")).data
    assert retweeter["id"] == muted.id
    (hidden,) = (await alice.call("GET", f"/2/tweets/{pinned['id']}/hidden_replies")).data
    (disliked,) = (await alice.call("GET", f"/2/users/{alice.id}/disliked_tweets")).data
    assert hidden["text"] == disliked["text"] == "Nobody asked."
    for what in ("liked_tweets", "bookmarks"):
        (marked,) = (await alice.call("GET", f"/2/users/{alice.id}/{what}")).data
        assert marked["text"] == "Where exactly was that?"
    unread = await alice.call("GET", f"/2/users/{alice.id}/notifications/unread_count")
    assert unread.data["unread_count"] > 0
    answers = [one["text"] for one in (await bob.replies(pinned["id"])).data]
    assert "Where exactly was that?" in answers
    assert "Nobody asked." not in answers

    quote, said, played = (await bob.user_tweets(bob, exclude="replies")).data
    assert said["text"] == "Chess club moved to Wednesday, at seven"
    assert quote["text"] == "At six I have not even gone to bed"
    film = await bob.lookup(
        played["id"],
        expansions="attachments.media_keys",
        **{"media.fields": "type,duration_ms,variants"},
    )
    (media,) = film.body["includes"]["media"]
    assert (media["type"], media["duration_ms"]) == ("video", 3_000)
    assert media["variants"][0]["content_type"] == "video/quicktime"
    assert len(said["edit_history_tweet_ids"]) == 3

    for what, who in (("muting", muted), ("blocking", blocked)):
        (one,) = (await alice.call("GET", f"/2/users/{alice.id}/{what}")).data
        assert one["id"] == who.id
    assert (await blocked.lookup(pinned["id"])).status == 403
    (rule,) = (await alice.call("GET", "/2/tweets/search/stream/rules")).data
    assert rule["tag"] == "birds"

    profile = await alice.call("GET", f"/2/users/{carla.id}?user.fields=protected")
    assert profile.data["protected"]
    (follower,) = (await carla.call("GET", f"/2/users/{carla.id}/followers")).data
    assert follower["id"] == muted.id
