"""Bringing the demo's world into birdlog."""

from events.bulk import BulkAppender
from gateway.accounts import Accounts
from gateway.leases import leased_snowflakes
from projections.stores import Stores
from schemas.servers import Servers
from schemas.users import User
from streams.deeds import Deeds, Tweeted
from streams.friends import Friends, is_settled, live, settle
from streams.load import Advance, Loader
from streams.questions import Friend
from streams.world import FRIENDS, small_world


async def fill(stores: Stores, servers: Servers, advance: Advance) -> dict[str, Friend]:
    """Writes the world's people and all that they do, and returns its three friends by name.

    Where the world is there already, it stays as it is, and its friends get new tokens. One that
    was broken off is written again, which gives what is there already a double.
    """
    world = small_world()
    accounts = Accounts(stores.postgres)
    known = await accounts.by_usernames(world.names)
    if len(known) == len(world.names) and is_settled(known[name] for name in FRIENDS):
        return await _friends(accounts)
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
    return await _friends(accounts)


async def _friends(accounts: Accounts) -> dict[str, Friend]:
    found = await accounts.by_usernames(FRIENDS)
    return {name: await _friend(accounts, name, found[name]) for name in FRIENDS}


async def _friend(accounts: Accounts, name: str, user: User) -> Friend:
    token = await accounts.issue_token(user.user_id)
    return Friend(str(user.user_id), name, token, None if user.pinned is None else str(user.pinned))
