"""Bringing the demo's world into birdlog."""

from msgspec import Struct

from events.bulk import BulkAppender
from gateway.accounts import Accounts
from gateway.leases import leased_snowflakes
from projections.stores import Stores
from schemas.servers import Servers
from streams.deeds import Deeds, Tweeted
from streams.friends import Friends, is_settled, live, settle
from streams.load import Advance, Loader
from streams.world import FRIENDS, small_world

PROFILE = "user.fields=description,location,url,protected,pinned_tweet_id,public_metrics"
PHOTO = "expansions=attachments.media_keys&media.fields=url,alt_text,width,height"


class Friend(Struct, frozen=True):
    """Somebody of the world whom the newcomer can be."""

    id: str
    username: str
    token: str


def questions(friend: Friend) -> list[tuple[str, str]]:
    """What the friend may want to see, and the path that answers it."""
    user = f"/2/users/{friend.id}"
    shown = "tweet.fields=public_metrics,viewer&expansions=author_id"
    return [
        ("Your home timeline", f"{user}/timelines/reverse_chronological?max_results=5&{shown}"),
        ("Who liked, answered, followed", f"{user}/notifications?max_results=5"),
        ("Who mentions you", f"{user}/mentions?max_results=5"),
        ("Search", f"/2/tweets/search/recent?query=%23birding%20min_likes:2%20-is:retweet&{shown}"),
        ("How often, by the hour", "/2/tweets/counts/recent?query=chess&granularity=hour"),
        ("What is talked about", "/2/trends"),
        ("Polls", "/2/tweets/search/recent?query=from:alice%20tea&expansions=attachments.poll_ids"),
        ("What you bookmarked", f"{user}/bookmarks"),
        ("Your lists", f"{user}/owned_lists?list.fields=member_count,follower_count"),
        ("Lists that you follow", f"{user}/followed_lists?expansions=owner_id"),
        ("Lists that you pinned", f"{user}/pinned_lists"),
        ("How your tweets do", f"{user}/analytics"),
        ("Your profile, and what you pinned", f"/2/users/me?{PROFILE}&expansions=pinned_tweet_id"),
        ("Your photo", f"/2/tweets/search/recent?query=from:alice%20has:media&{PHOTO}"),
        ("Who answered the photo", "/2/tweets/search/recent?query=by%20third%20lock"),
        ("What was edited", "/2/tweets/search/recent?query=from:bob%20chess%20wednesday"),
        ("Whom you muted", f"{user}/muting"),
        ("Whom you blocked", f"{user}/blocking"),
        ("Who is protected", f"/2/users/by?usernames=carla&{PROFILE}"),
        ("What your stream listens for", "/2/tweets/search/stream/rules"),
        ("What it hears, as it is written", "/2/tweets/search/stream"),
        ("One in ten tweets as they come", "/2/tweets/sample10/stream"),
    ]


async def fill(stores: Stores, servers: Servers, advance: Advance) -> dict[str, Friend]:
    """Writes the world's people and all that they do, and returns its three friends by name.

    Where the world is there already, it stays as it is, and its friends get new tokens. One that
    was broken off is written again, which gives what is there already a double.
    """
    world = small_world()
    accounts = Accounts(stores.postgres)
    known = await accounts.by_usernames(world.names)
    if len(known) == len(world.names) and is_settled(known[name] for name in FRIENDS):
        return {name: await _friend(accounts, name, known[name].user_id) for name in FRIENDS}
    async with leased_snowflakes(stores.postgres) as ids:
        async with BulkAppender(servers.kafka) as appender:
            loader = Loader(accounts, appender, ids, advance)
            user_ids = await loader.people(world.names)
            person = [user_ids[name] for name in world.names]
            await loader.follows([(person[one], person[other]) for one, other in world.follows])
            written = [(person[author], text) for author, text in world.tweets]
            tweet_ids = await loader.tweets(written)
            tweets = [
                Tweeted(tweet_id, author)
                for tweet_id, (author, _) in zip(tweet_ids, written, strict=True)
            ]
            await Deeds(world, person, tweets, ids).write(appender, advance)
            alice, bob, carla = (user_ids[name] for name in FRIENDS)
            one, other = (person[number] for number in world.strangers)
            friends = Friends(alice, bob, carla, (one, other))
            lived = await live(stores.postgres, servers.media, ids, friends)
            for event in lived.events:
                await appender.append(event)
        await settle(stores.postgres, ids, friends, lived.pinned)
    return {name: await _friend(accounts, name, user_ids[name]) for name in FRIENDS}


async def _friend(accounts: Accounts, name: str, user_id: int) -> Friend:
    return Friend(str(user_id), name, await accounts.issue_token(user_id))
