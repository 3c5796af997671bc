"""Home timelines without those whom their readers do not want, or may not, hear."""

from tests.person import Person


async def home_of(reader: Person, *others: Person) -> list[str]:
    for other in others:
        reader.has_seen(other)
    return await reader.home_ids()


async def test_a_muted_authors_tweets_stay_out_until_unmuted(alice: Person, bob: Person) -> None:
    await alice.follow(bob)
    before = await bob.tweet("Before")
    own = await alice.tweet("Mine")
    assert await home_of(alice, bob) == [own, before]
    await alice.mute(bob)
    after = await bob.tweet("After")
    assert await home_of(alice, bob) == [own]
    await alice.unmute(bob)
    assert await home_of(alice, bob) == [after, own, before]


async def test_a_mute_outlives_the_home(alice: Person, bob: Person) -> None:
    """An unfollow drops it, so that it is built anew."""
    await alice.mute(bob)
    await alice.follow(bob)
    await bob.tweet("Unheard")
    assert await home_of(alice, bob) == []
    await alice.unfollow(bob)
    await alice.follow(bob)
    assert await home_of(alice, bob) == []


async def test_retweets_of_a_muted_author_stay_out(
    alice: Person, bob: Person, carla: Person
) -> None:
    await alice.follow(carla)
    tweet = await bob.tweet("Rail in the reeds")
    carla.has_seen(bob)
    retweet = await carla.retweet(tweet)
    assert await home_of(alice, carla) == [retweet]
    await alice.mute(bob)
    assert await home_of(alice) == []
    await alice.unmute(bob)
    assert await home_of(alice) == [retweet]


async def test_a_blocked_author_is_gone_for_both(alice: Person, bob: Person, carla: Person) -> None:
    for person in (alice, bob):
        await person.follow(carla)
    carla.has_seen(alice)
    carla.has_seen(bob)
    of_alice, of_bob = await alice.tweet("By alice"), await bob.tweet("By bob")
    carla.has_seen(alice)
    carla.has_seen(bob)
    retweets = [await carla.retweet(tweet) for tweet in (of_alice, of_bob)]
    assert await home_of(alice, carla) == [retweets[1], of_alice]
    assert await home_of(bob, carla) == [retweets[0], of_bob]
    await alice.block(bob)
    assert await home_of(alice) == [of_alice]
    assert await home_of(bob, alice) == [of_bob]
    await alice.unblock(bob)
    assert await home_of(bob, alice) == [retweets[0], of_bob]


async def test_silenced_authors_leave_full_pages(alice: Person, bob: Person, carla: Person) -> None:
    for person in (bob, carla):
        await alice.follow(person)
    heard = [await carla.tweet(f"Heard {n}") for n in range(3)]
    for n in range(40):
        await bob.tweet(f"Noise {n}")
    heard += [await carla.tweet(f"Heard {n}") for n in range(3, 6)]
    await alice.mute(bob)
    for person in (bob, carla):
        alice.has_seen(person)
    pages = await alice.pages(alice.home_path, max_results="2")
    assert [[t["id"] for t in page] for page in pages] == [
        heard[:3:-1], heard[3:1:-1], heard[1::-1]
    ]  # fmt: skip


async def test_a_retweet_of_somebody_who_became_protected_is_for_followers_only(
    alice: Person, bob: Person, carla: Person
) -> None:
    tweet = await carla.tweet("Once for all")
    for person in (alice, bob):
        await person.follow(bob if person is alice else carla)
    bob.has_seen(carla)
    retweet = await bob.retweet(tweet)
    assert await home_of(alice, bob) == [retweet]
    await carla.protect()
    assert await home_of(alice) == []
    assert await home_of(bob) == [tweet]  # which his retweet of it would only repeat
    path = f"/2/users/{alice.id}/retweets"
    assert (await alice.call("POST", path, json={"tweet_id": tweet})).status == 403
    path = f"/2/users/{bob.id}/retweets"
    assert (await bob.call("POST", path, json={"tweet_id": tweet})).status == 403


async def test_an_accepted_follower_sees_what_was_written_before(
    alice: Person, bob: Person
) -> None:
    await bob.protect()
    tweet = await bob.tweet("Among friends")
    assert await home_of(alice) == []
    assert (await alice.follow(bob)).data["pending_follow"] is True
    assert await home_of(alice, bob) == []
    bob.has_seen(alice)
    assert (await bob.answer_request(alice, "accept")).status == 200
    assert await home_of(alice, bob) == [tweet]
    await bob.remove_follower(alice)
    assert await home_of(alice, bob) == []
