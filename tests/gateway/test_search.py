import asyncio
import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from gateway import filling, search, user_search
from gateway.cursors import cursor_at
from projections.search.reads import Scored, SearchIndex
from schemas.ids import first_id_at
from schemas.search.parser import MAX_DEPTH
from schemas.tweets import Tweet
from tests.conftest import Register
from tests.gateway.problems import assert_problem
from tests.person import Person, Reply

_fresh = count(time.time_ns() // 1_000_000)

RECENT = "/2/tweets/search/recent"
COUNTS = "/2/tweets/counts/recent"


def fresh_word(stem: str = "bird") -> str:
    """One that no other test has written."""
    return f"{stem}{next(_fresh)}"


async def asked(person: Person, query: str, **params: str) -> Reply:
    return await person.call("GET", RECENT, params={"query": query, **params})


async def found(person: Person, query: str, **params: str) -> list[str]:
    reply = await asked(person, query, **params)
    assert reply.status == 200, reply.body
    ids = [tweet["id"] for tweet in reply.body.get("data", [])]
    assert reply.body["meta"]["result_count"] == len(ids)
    return ids


async def test_words_phrases_tags_and_their_combinations(alice: Person) -> None:
    word = fresh_word()
    first = await alice.tweet(f"A {word} on the Canal #Otters{word}")
    second = await alice.tweet(f"{word.upper()}, canal on Sunday $BRD")
    assert await found(alice, word) == [second, first]
    assert await found(alice, f'"{word} on the canal"') == [first]
    assert await found(alice, f'{word} "canal on"') == [second]
    assert await found(alice, f"#otters{word}") == [first]
    assert await found(alice, f"{word} $brd") == [second]
    assert await found(alice, f"{word} -sunday") == [first]
    assert await found(alice, f"{word} (sunday OR #otters{word})") == [second, first]
    assert await found(alice, f"{word} -(sunday OR otters{word})") == []
    assert await found(alice, f"{word} until_id:{second}") == [first]
    assert await found(alice, word, since_id=first) == [second]
    assert await found(alice, f"{word} has:hashtags") == [first]


async def test_people_in_queries(alice: Person, bob: Person) -> None:
    word = fresh_word()
    tweet = await alice.tweet(f"{word} with @{bob.username}")
    bob.has_seen(alice)
    reply = await bob.reply(tweet, f"{word} indeed")
    quote = await bob.tweet(f"{word} again", quote_tweet_id=tweet)
    assert await found(bob, f"{word} from:{alice.username}") == [tweet]
    assert await found(bob, f"from:{alice.username.upper()}") == [tweet]
    assert await found(bob, f"{word} @{bob.username}") == [tweet]
    assert await found(bob, f"to:{alice.username}") == [reply]
    assert await found(bob, f"conversation_id:{tweet}") == [reply, tweet]
    assert await found(bob, f"{word} is:quote") == [quote]
    assert await found(bob, f"{word} -is:reply -is:quote") == [tweet]
    assert await found(bob, f"{word} has:mentions") == [tweet]
    assert await found(bob, "from:nobody_at_all") == []


async def test_people_in_queries_by_their_ids(alice: Person, bob: Person) -> None:
    word = fresh_word()
    tweet = await alice.tweet(f"{word} one")
    bob.has_seen(alice)
    reply = await bob.reply(tweet, f"{word} two")
    retweet = await bob.retweet(tweet)
    assert await found(bob, f"{word} from:{alice.id}") == [tweet]
    assert await found(bob, f"to:{alice.id}") == [reply]
    assert await found(bob, f"retweets_of:{alice.id} from:{bob.id}") == [retweet]
    assert await found(bob, f"{word} -from:{alice.id}") == [reply]


async def test_links_and_languages(alice: Person) -> None:
    word = fresh_word()
    link = await alice.tweet(f"{word} https://www.example.com/{word}/pond")
    english = await alice.tweet(f"{word} is the bird that we have been waiting for all morning")
    german = await alice.tweet(f"{word} ist der Vogel, auf den wir den ganzen Morgen warteten")
    assert await found(alice, f"url:example.com/{word}") == [link]
    assert await found(alice, f"{word} has:links") == [link]
    assert await found(alice, f"{word} lang:en") == [english]
    assert await found(alice, f"{word} lang:de") == [german]


async def test_an_edit_and_a_deletion_are_in_force(alice: Person) -> None:
    before, after = fresh_word(), fresh_word()
    tweet = await alice.tweet(before)
    await alice.edit(tweet, after)
    assert await found(alice, before) == []
    assert await found(alice, after) == [tweet]
    await alice.delete(tweet)
    assert await found(alice, after) == []


async def test_a_renamed_user_is_found_under_the_new_name_at_once(
    alice: Person, bob: Person
) -> None:
    word, name = fresh_word(), f"n{next(_fresh) % 10**12}"
    tweet = await alice.tweet(word)
    bob.has_seen(alice)
    assert await found(bob, f"{word} from:{alice.username}") == [tweet]
    renamed = await alice.change_profile(username=name)
    assert renamed.status == 200, renamed.body
    assert await found(bob, f"{word} from:{name}") == [tweet]
    assert await found(bob, f"{word} from:{alice.username}") == []
    people = await bob.call("GET", "/2/users/search", params={"query": name})
    assert [user["id"] for user in people.data] == [alice.id]
    people = await bob.call("GET", "/2/users/search", params={"query": alice.username})
    assert people.body["meta"]["result_count"] == 0


async def test_liked_and_retweeted_tweets(alice: Person, bob: Person) -> None:
    word = fresh_word()
    first, second = await alice.tweet(word), await alice.tweet(word)
    bob.has_seen(alice)
    for kind in ("likes", "retweets"):
        path = f"/2/users/{bob.id}/{kind}"
        done = await bob.call("POST", path, json={"tweet_id": first})
        assert done.status == 200, done.body
    assert await found(bob, f"{word} min_likes:1") == [first]
    assert await found(bob, word, sort_order="relevancy") == [first, second]
    (retweet,) = await found(bob, f"from:{bob.username} is:retweet")
    assert await found(bob, f"retweets_of:{alice.username}") == [retweet]
    assert await found(bob, f"from:{bob.username} -is:retweet") == []
    assert await found(bob, f"{word} -is:retweet") == [second, first]


async def test_pages_are_full_and_hold_everything_once(alice: Person) -> None:
    word = fresh_word()
    tweets = [await alice.tweet(f"{word} {number}") for number in range(25)]
    for tweet in tweets[::5]:
        await alice.delete(tweet)
    kept = [tweet for tweet in reversed(tweets) if tweet not in tweets[::5]]
    for order in ("recency", "relevancy"):
        pages = await alice.pages(RECENT, query=word, max_results="10", sort_order=order)
        assert [len(page) for page in pages] == [10, 10]
        ids = [tweet["id"] for page in pages for tweet in page]
        assert sorted(ids) == sorted(kept)
        if order == "recency":
            assert ids == kept


async def test_a_page_of_all_holds_up_to_500(alice: Person, bob: Person) -> None:
    word, all_of_it = fresh_word(), "/2/tweets/search/all"
    written = [await alice.tweet(f"{word} {number}") for number in range(110)]
    others = [await bob.tweet(f"{word} {number}") for number in range(10)]
    alice.has_seen(bob)
    (page,) = await alice.pages(all_of_it, query=word, max_results="500")
    assert [tweet["id"] for tweet in page] == [*others[::-1], *written[::-1]]
    await alice.block(bob)
    pages = await alice.pages(all_of_it, query=word, max_results="105")
    assert [[tweet["id"] for tweet in page] for page in pages] == [
        written[:4:-1],
        written[4::-1],
    ]
    for path, most in ((all_of_it, "501"), (RECENT, "101")):
        refused = await alice.call("GET", path, params={"query": word, "max_results": most})
        assert_problem(refused, 400, "max_results")


@pytest.mark.parametrize("sort_order", ["recency", "relevancy"])
async def test_a_page_is_short_where_little_of_much_can_be_shown(
    alice: Person, sort_order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = fresh_word()
    for number in range(20):
        await alice.tweet(f"{word} {number}")
    assert len(await found(alice, word, max_results="100")) == 20

    async def nothing(*_: object) -> dict[int, Tweet]:
        return {}

    monkeypatch.setattr(filling, "TRIPS", 1)
    monkeypatch.setattr(search, "_shown", nothing)
    pages = await alice.pages(RECENT, query=word, max_results="10", sort_order=sort_order)
    assert pages == [[], []]


@pytest.mark.parametrize("sort_order", ["recency", "relevancy"])
async def test_a_token_of_ours_only(alice: Person, sort_order: str) -> None:
    for token in ("x", "AAAA", "gaR4eHh4", "k6FhAQECAw"):
        reply = await asked(alice, "bird", next_token=token, sort_order=sort_order)
        assert_problem(reply, 400)


@pytest.mark.parametrize(
    "place",
    [
        ("x", "y"),
        (math.nan, 2),
        (math.inf, 2),
        (-1.0, 2),
        (1.0, -1),
        (1.0, 2**64 - 1),
        (1.0, 2, 3),
        (1.0, 2, (-1,)),
        (1.0, 2, (1,) * 101),
        2,
    ],
)
async def test_a_token_of_a_search_for_users_of_ours_only(alice: Person, place: Any) -> None:
    for token in (cursor_at(place), "x", "AAAA"):
        params = {"query": alice.username, "next_token": token}
        assert_problem(await alice.call("GET", "/2/users/search", params=params), 400)


@pytest.mark.parametrize(
    "place",
    [
        ("x", 1, math.nan, 3, 4),
        ("x", 1, 1.0, 2**64 - 1, 4),
        ("x", 1, 1.0, 3, -1),
        ("x", 2**63 - 1, 1.0, 3, 4),
        ("x", 1, 1.0, 3, 4),
        ("", 1, 1.0, 3, 4),
    ],
)
async def test_a_place_among_the_relevant_of_ours_only(alice: Person, place: Any) -> None:
    reply = await asked(alice, "bird", next_token=cursor_at(place), sort_order="relevancy")
    assert_problem(reply, 400)


async def test_whoever_reads_a_search_to_its_end_ends_no_other(alice: Person, bob: Person) -> None:
    """A token may be made up to hold what was opened for somebody else."""
    word = fresh_word()
    for number in range(12):
        await alice.tweet(f"{word} {number}")
    bob.has_seen(alice)
    first = await asked(alice, word, max_results="10", sort_order="relevancy")
    rest = {"sort_order": "relevancy", "next_token": first.body["meta"]["next_token"]}
    for person in (bob, alice):
        reply = await asked(person, word, **rest)
        assert reply.status == 200, reply.body
        assert reply.body["meta"]["result_count"] == 2
        assert "next_token" not in reply.body["meta"]


async def test_errors_point_at_the_column(alice: Person) -> None:
    reply = await asked(alice, "heron has:wings")
    assert_problem(reply, 400, "has: takes one of media", "(column 11)", "\n          ^")
    assert_problem(await asked(alice, "x" * 400 + " has:wings"), 400, "x has:wings\n", " ^")
    assert_problem(await asked(alice, "x" * 513), 400, "513 characters")
    assert_problem(await asked(alice, "heron sample:10"), 400, "sample: cannot", "(column 7)")
    long = await alice.call("GET", "/2/tweets/search/all", params={"query": "x" * 513})
    assert long.status == 200
    old = await asked(alice, "heron", start_time="2020-01-01T00:00:00Z")
    assert_problem(old, 400, "start_time")


async def test_protected_tweets_are_found_and_counted_by_followers_only(
    alice: Person, bob: Person, carla: Person
) -> None:
    word = fresh_word()
    await bob.follow(alice)
    tweet = await alice.tweet(word)
    await alice.protect()
    for person in (bob, carla):
        person.has_seen(alice)
    carla.has_seen(bob)
    assert await found(alice, word) == [tweet]
    assert await found(bob, word) == [tweet]
    assert await found(carla, word) == []
    async with asyncio.timeout(60):
        while await counted(carla, word):
            await asyncio.sleep(0.05)
    assert await counted(alice, word) == 1
    assert await counted(bob, word) == 1


async def counted(person: Person, query: str) -> int:
    reply = await person.call("GET", COUNTS, params={"query": query})
    return int(reply.body["meta"]["total_tweet_count"])


async def test_blocked_people_find_nothing(alice: Person, bob: Person) -> None:
    word = fresh_word()
    tweet = await alice.tweet(word)
    bob.has_seen(alice)
    assert await found(bob, word) == [tweet]
    await alice.block(bob)
    bob.has_seen(alice)
    assert await found(bob, word) == []
    assert await counted(bob, word) == 0


async def test_a_retweet_of_a_deleted_tweet_is_counted_until_it_is_undone(
    alice: Person, bob: Person
) -> None:
    tweet = await alice.tweet("A tweet to be deleted")
    bob.has_seen(alice)
    retweet = await bob.retweet(tweet)
    query = f"from:{bob.username}"
    assert await found(bob, query) == [retweet]
    alice.has_seen(bob)
    await alice.delete(tweet)
    bob.has_seen(alice)
    assert await found(bob, query) == []
    assert (await counted(bob, query), await bob.posts()) == (1, 1)
    await bob.undo_retweet(tweet)
    assert (await counted(bob, query), await bob.posts()) == (0, 0)


async def test_counts_by_minute_and_hour(alice: Person) -> None:
    word = fresh_word()
    for _ in range(3):
        await alice.tweet(word)
    for granularity in ("minute", "hour", "day"):
        reply = await alice.call("GET", COUNTS, params={"query": word, "granularity": granularity})
        data, meta = reply.data, reply.body["meta"]
        assert meta["total_tweet_count"] == meta["total_post_count"] == 3
        assert sum(bucket["tweet_count"] for bucket in data) == 3
        assert all(bucket["tweet_count"] == bucket["post_count"] for bucket in data)
        starts, ends = [one["start"] for one in data], [one["end"] for one in data]
        assert starts[1:] == ends[:-1]
        assert starts == sorted(starts)
        assert ("next_token" in meta) == (granularity == "minute")
    pages = await alice.pages(COUNTS, query=word, granularity="minute")
    assert sum(map(len, pages)) in (7 * 24 * 60, 7 * 24 * 60 + 1)
    assert sum(one["tweet_count"] for page in pages for one in page) == 3


async def test_counts_of_a_span(alice: Person) -> None:
    word = fresh_word()
    tweets = [await alice.tweet(word) for _ in range(3)]
    params = {"query": word, "since_id": tweets[0], "until_id": tweets[2]}
    reply = await alice.call("GET", COUNTS, params=params)
    assert reply.body["meta"]["total_tweet_count"] == 1
    within = {"since_id": str(int(tweets[2]) - 1), "until_id": str(int(tweets[2]) + 1)}
    assert await found(alice, word, **within) == [tweets[2]]
    reply = await alice.call("GET", COUNTS, params={"query": word, **within})
    assert reply.body["meta"]["total_tweet_count"] == 1
    assert [bucket["tweet_count"] for bucket in reply.data] == [1]
    every = await alice.call("GET", "/2/tweets/counts/all", params={"query": word})
    assert every.body["meta"]["total_tweet_count"] == 3


async def test_a_span_ends_after_it_begins(alice: Person) -> None:
    now = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
    later = {"start_time": f"{now:%FT%TZ}", "end_time": f"{now - timedelta(minutes=20):%FT%TZ}"}
    for path in (COUNTS, RECENT):
        wrong = await alice.call("GET", path, params={"query": "tern", **later})
        assert_problem(wrong, 400, "start_time", "end_time")
    nothing = {"query": "tern", "until_id": str(first_id_at(1_000 * int(now.timestamp())))}
    reply = await alice.call("GET", COUNTS, params={**nothing, "start_time": f"{now:%FT%TZ}"})
    assert reply.data == []


async def test_all_is_counted_for_thirty_days(alice: Person) -> None:
    word = fresh_word()
    await alice.tweet(word)
    pages = await alice.pages("/2/tweets/counts/all", query=word, granularity="minute")
    assert sum(map(len, pages)) in (30 * 24 * 60, 30 * 24 * 60 + 1)
    assert sum(one["tweet_count"] for page in pages for one in page) == 1
    for token in (2**62, -1):
        params = {"query": word, "next_token": cursor_at(token)}
        assert (await alice.call("GET", COUNTS, params=params)).status == 200


async def test_groups_may_be_as_deep_as_the_parser_lets_them(alice: Person) -> None:
    word = fresh_word()
    tweet = await alice.tweet(word)
    query = word
    for _ in range(MAX_DEPTH):
        query = f"(bat OR -{query})"
    assert await found(alice, f"{word} {query}") == [tweet]
    assert await found(alice, f"{word} -{query}") == []


async def test_trends_rise_by_more_than_one_person(
    alice: Person, bob: Person, carla: Person
) -> None:
    tag, lonely = fresh_word("trend"), fresh_word("lonely")
    for person in (alice, bob, carla):
        for _ in range(2):
            await person.tweet(f"#{tag}")
            await alice.tweet(f"#{lonely}")
        alice.has_seen(person)
    reply = await alice.call("GET", "/2/trends", params={"window_minutes": "5", "max_trends": "50"})
    rising = {trend["trend_name"]: trend for trend in reply.data}
    assert rising[f"#{tag}"]["tweet_count"] == 6
    assert rising[f"#{tag}"]["people_count"] == 3
    assert f"#{lonely}" not in rising
    scores = [trend["score"] for trend in reply.data]
    assert scores == sorted(scores, reverse=True)
    world = await alice.call("GET", "/2/trends/by/woeid/1")
    assert world.status == 200
    personalized = await alice.call("GET", "/2/users/personalized_trends")
    found = {trend["trend_name"]: trend for trend in personalized.data}
    assert found[f"#{tag}"]["post_count"] == "6"
    since = datetime.fromisoformat(found[f"#{tag}"]["trending_since"])
    assert timedelta(minutes=59) < datetime.now(UTC) - since < timedelta(minutes=61)
    assert_problem(await alice.call("GET", "/2/trends/by/woeid/2"), 404)


async def people_found(person: Person, query: str, number: int) -> None:
    """In the index: a change of a profile has no position to wait for, as it comes through the
    outbox."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(user_search, "NEW", timedelta())
        await _people_found(person, query, number)


async def _people_found(person: Person, query: str, number: int) -> None:
    async with asyncio.timeout(60):
        while True:
            reply = await person.call("GET", "/2/users/search", params={"query": query})
            if reply.body["meta"]["result_count"] == number:
                return
            await asyncio.sleep(0.05)


async def test_people_are_searched_by_the_beginnings_of_their_names(
    alice: Person, bob: Person
) -> None:
    stem = f"q{next(_fresh) % 10**9}"
    for person, name in ((alice, f"{stem}a"), (bob, f"{stem}b")):
        changed = await person.change_profile(username=name, name="Quentin Quail")
        assert changed.status == 200, changed.body
    bob.has_seen(alice)
    await people_found(bob, stem, 2)
    pages = await bob.pages("/2/users/search", query=stem, max_results="1")
    assert [user["id"] for page in pages for user in page] == [alice.id, bob.id]
    exact = await bob.call("GET", "/2/users/search", params={"query": f"@{stem}B"})
    assert [user["id"] for user in exact.data] == [bob.id]
    named = await bob.call("GET", "/2/users/search", params={"query": f"quail {stem}"})
    assert {user["id"] for user in named.data} == {alice.id, bob.id}
    assert_problem(await bob.call("GET", "/2/users/search", params={"query": "!"}), 400, "letter")


def not_in_the_index(monkeypatch: pytest.MonkeyPatch, missing: set[int]) -> None:
    """Whoever is `missing`, as long as that is so."""
    people, people_among = SearchIndex.people, SearchIndex.people_among

    async def without(
        self: SearchIndex, name: str, words: Sequence[str], after: Scored | None, limit: int
    ) -> list[Scored]:
        hits = await people(self, name, words, after, limit + len(missing))
        return [hit for hit in hits if hit.user_id not in missing][:limit]

    async def among(self: SearchIndex, users: Sequence[int], words: Sequence[str]) -> set[int]:
        return await people_among(self, users, words) - missing

    monkeypatch.setattr(SearchIndex, "people", without)
    monkeypatch.setattr(SearchIndex, "people_among", among)


async def test_a_new_name_is_found_by_its_beginning_at_once(alice: Person, bob: Person) -> None:
    for number in range(5):
        stem = f"q{next(_fresh) % 10**9}"
        changed = await alice.change_profile(name=f"Ève {stem.upper()}x")
        assert changed.status == 200, changed.body
        changed = await bob.change_profile(username=f"{stem}_{number}")
        assert changed.status == 200, changed.body
        found = await bob.call("GET", "/2/users/search", params={"query": stem})
        assert [user["id"] for user in found.data] == [bob.id, alice.id]
        both = await bob.call("GET", "/2/users/search", params={"query": f"eve {stem}"})
        assert [user["id"] for user in both.data] == [alice.id]


@pytest.mark.parametrize(("size", "late"), [(1, 0), (1, 1), (1, 3), (2, 1), (3, 1), (4, 1)])
async def test_who_comes_into_the_index_while_pages_are_read_is_on_one_of_them(
    register: Register, monkeypatch: pytest.MonkeyPatch, size: int, late: int
) -> None:
    """After so many pages the index has them all: three who were renamed, and one who was not."""
    stem = f"z{next(_fresh) % 10**5:05}"
    people = [await register(stem) for _ in range(4)]
    await people_found(people[0], stem, 4)
    for number, person in enumerate(people[1:]):
        changed = await person.change_profile(username=f"{stem}{'cba'[number]}")
        assert changed.status == 200, changed.body
    missing = {int(person.id) for person in people[1:]}
    not_in_the_index(monkeypatch, missing)
    found: list[str] = []
    following: dict[str, str] = {}
    for pages in range(12):
        if pages == late:
            missing.clear()
        params = {"query": stem, "max_results": str(size), **following}
        reply = await people[0].call("GET", "/2/users/search", params=params)
        assert reply.status == 200, reply.body
        found += [user["id"] for user in reply.body.get("data", [])]
        if "next_token" not in reply.body["meta"]:
            break
        following = {"next_token": reply.body["meta"]["next_token"]}
    assert sorted(found) == sorted(person.id for person in people)


async def test_somebody_too_new_for_the_index_is_on_the_first_page_and_takes_a_place_there(
    alice: Person, bob: Person, carla: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stem = f"q{next(_fresh) % 10**9}"
    for person, ending in ((alice, ""), (bob, "b"), (carla, "c")):
        changed = await person.change_profile(username=f"{stem}{ending}")
        assert changed.status == 200, changed.body
    await people_found(bob, stem, 3)
    not_in_the_index(monkeypatch, {int(alice.id)})
    for size in range(1, 5):
        pages = await bob.pages("/2/users/search", query=stem, max_results=str(size))
        assert max(map(len, pages)) <= size
        assert [user["id"] for page in pages for user in page] == [alice.id, bob.id, carla.id]
