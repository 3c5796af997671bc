"""Bookmarks."""

from tests.gateway.problems import assert_problem
from tests.gateway.test_reactions import METRICS, counts, ids, react, take_back
from tests.person import Person


async def test_bookmarks_are_listed_from_the_newest(alice: Person, bob: Person) -> None:
    tweets = [await alice.tweet(f"Bird {number}") for number in range(3)]
    for tweet_id in (tweets[1], tweets[0], tweets[2]):
        assert (await react(bob, "bookmarks", tweet_id)).data == {"bookmarked": True}
    path = f"/2/users/{bob.id}/bookmarks"
    assert await ids(bob, path) == [tweets[2], tweets[0], tweets[1]]
    pages = await bob.pages(path, max_results="2")
    assert [[tweet["id"] for tweet in page] for page in pages] == [
        [tweets[2], tweets[0]],
        [tweets[1]],
    ]
    assert (await take_back(bob, "bookmarks", tweets[0])).data == {"bookmarked": False}
    await alice.delete(tweets[1])
    bob.has_seen(alice)
    assert await ids(bob, path) == [tweets[2]]
    assert await counts(bob, tweets[2]) == {"bookmark_count": 1}
    assert (await bob.lookup(tweets[2], **METRICS)).data["viewer"]["bookmarked"]
    assert await counts(bob, tweets[0]) == {}


async def test_there_are_no_folders_and_that_is_said(alice: Person) -> None:
    tweet_id = await alice.tweet("A wryneck")
    path = f"/2/users/{alice.id}/bookmarks"
    marked = await alice.call("POST", path, json={"tweet_id": tweet_id, "folder_id": "7"})
    assert_problem(marked, 400, "folder_id", "no folders")
    assert_problem(await alice.call("GET", f"{path}/folders"), 404, "no folders")
    unsaid = await alice.call("POST", path, json={"tweet_id": tweet_id, "folder_id": None})
    assert unsaid.data == {"bookmarked": True}
