"""Posting, looking up and deleting tweets."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from events.positions import Partition
from gateway.log_ends import LogEnds
from gateway.lookups import TweetLookup
from schemas.tweets import Tweet
from tests.gateway.problems import assert_problem
from tests.person import Person

DEFAULT = frozenset({"id", "text", "edit_history_tweet_ids", "edit_history_post_ids"})


async def test_a_new_tweet_is_answered_with_id_text_and_history(alice: Person) -> None:
    posted = await alice.call("POST", "/2/tweets", json={"text": "First light over the estuary"})
    assert posted.status == 201
    tweet_id = posted.data["id"]
    assert tweet_id.isdigit()
    assert posted.data == {
        "id": tweet_id,
        "text": "First light over the estuary",
        "edit_history_tweet_ids": [tweet_id],
        "edit_history_post_ids": [tweet_id],
    }


async def test_a_tweet_shows_the_default_fields_only(alice: Person) -> None:
    tweet_id = await alice.tweet("Two herons")
    assert (await alice.lookup(tweet_id)).body == {
        "data": {
            "id": tweet_id,
            "text": "Two herons",
            "edit_history_tweet_ids": [tweet_id],
            "edit_history_post_ids": [tweet_id],
        }
    }


async def test_a_tweet_shows_every_field_that_is_asked_for(alice: Person, bob: Person) -> None:
    quoted = await alice.tweet("A bittern booms")
    text = f"Heard it too, @{alice.username} #bittern $BRD https://example.org/a?b=c"
    tweet_id = await bob.tweet(text, quote_tweet_id=quoted)
    fields = (
        "author_id,conversation_id,created_at,edit_controls,entities,possibly_sensitive,"
        "referenced_tweets"
    )
    shown = (await bob.lookup(tweet_id, **{"tweet.fields": fields})).data
    assert shown["author_id"] == bob.id
    assert shown["conversation_id"] == tweet_id
    assert shown["possibly_sensitive"] is False
    assert shown["referenced_tweets"] == [{"type": "quoted", "id": quoted}]
    assert "referenced_posts" not in shown
    controls = shown["edit_controls"]
    assert controls["edits_remaining"] == 5
    assert controls["is_edit_eligible"] is True
    (mention,) = shown["entities"]["mentions"]
    assert mention["username"] == alice.username
    assert text[mention["start"] : mention["end"]] == f"@{alice.username}"
    (hashtag,) = shown["entities"]["hashtags"]
    assert (hashtag["tag"], text[hashtag["start"] : hashtag["end"]]) == ("bittern", "#bittern")
    (cashtag,) = shown["entities"]["cashtags"]
    assert (cashtag["tag"], text[cashtag["start"] : cashtag["end"]]) == ("BRD", "$BRD")
    (url,) = shown["entities"]["urls"]
    assert text[url["start"] : url["end"]] == "https://example.org/a?b=c"


async def test_the_language_is_told_when_it_is_asked_for(alice: Person) -> None:
    texts = {
        "Heute früh am Kanal: drei Reiher, und keiner hat mich vor dem Nebel gewarnt": "de",
        "Up at six for the herons on the canal, and nobody told me about the fog": "en",
        "#birding": "und",
    }
    ids = [await alice.tweet(text) for text in texts]
    params = {"ids": ",".join(ids), "tweet.fields": "lang"}
    shown = await alice.call("GET", "/2/tweets", params=params)
    assert [tweet["lang"] for tweet in shown.data] == list(texts.values())


async def test_times_have_milliseconds_and_a_z(alice: Person) -> None:
    before = datetime.now(UTC)
    tweet_id = await alice.tweet("What time is it?")
    fields = {"tweet.fields": "created_at,edit_controls"}
    shown = (await alice.lookup(tweet_id, **fields)).data
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(form, shown["created_at"])
    assert re.fullmatch(form, shown["edit_controls"]["editable_until"])
    created = datetime.fromisoformat(shown["created_at"])
    assert abs((created - before).total_seconds()) < 5
    until = datetime.fromisoformat(shown["edit_controls"]["editable_until"])
    assert (until - created).total_seconds() == 3600


async def test_the_post_dialect_is_spoken_too(alice: Person, bob: Person) -> None:
    quoted = await alice.tweet("Sedge warblers are back")
    tweet_id = await bob.tweet("And how", quote_tweet_id=quoted)
    reply = await bob.lookup(
        tweet_id,
        **{"post.fields": "author_id,referenced_posts", "expansions": "referenced_posts"},
    )
    assert reply.data["author_id"] == bob.id
    assert reply.data["referenced_posts"] == [{"type": "quoted", "id": quoted}]
    (included,) = reply.body["includes"]["posts"]
    assert (included["id"], included["text"]) == (quoted, "Sedge warblers are back")
    assert reply.body["includes"]["tweets"] == [included]


async def test_expansions_bring_authors_and_quoted_tweets(alice: Person, bob: Person) -> None:
    quoted = await alice.tweet("Avocets!")
    tweet_id = await bob.tweet("Where?", quote_tweet_id=quoted)
    reply = await bob.lookup(
        tweet_id,
        expansions="author_id,referenced_tweets.id,referenced_tweets.id.author_id",
        **{"user.fields": "created_at", "tweet.fields": "author_id"},
    )
    users = {user["id"]: user for user in reply.body["includes"]["users"]}
    assert users.keys() == {alice.id, bob.id}
    assert users[alice.id]["username"] == alice.username
    assert users[alice.id]["created_at"].endswith("Z")
    (included,) = reply.body["includes"]["tweets"]
    assert (included["id"], included["author_id"]) == (quoted, alice.id)


async def test_an_expansion_brings_the_ids_of_what_it_includes(alice: Person, bob: Person) -> None:
    asked = await alice.tweet("Bitterns?")
    bob.has_seen(alice)
    answer = await bob.reply(asked, f"@{alice.username} there", quote_tweet_id=asked)
    brought = {
        "author_id": bob.id,
        "in_reply_to_user_id": alice.id,
        "referenced_tweets.id": [
            {"type": "replied_to", "id": asked},
            {"type": "quoted", "id": asked},
        ],
    }
    for expansion, value in brought.items():
        shown = (await bob.lookup(answer, expansions=expansion)).data
        shown = {name: shown[name] for name in shown if name not in DEFAULT}
        assert shown == {expansion.removesuffix(".id"): value}
    mentioned = await bob.lookup(answer, expansions="entities.mentions.username")
    (mention,) = mentioned.data["entities"]["mentions"]
    assert mention["id"] == mentioned.body["includes"]["users"][0]["id"] == alice.id
    both = await bob.lookup(answer, expansions="referenced_posts.author_id")
    assert both.data["referenced_posts"] == brought["referenced_tweets.id"]
    assert both.body["includes"]["posts"][0]["author_id"] == alice.id


async def test_a_mention_says_who_was_meant(alice: Person, bob: Person, carla: Person) -> None:
    """The user of then, also under another name; and nobody, where there was nobody."""
    text = f"@{bob.username} and @{carla.username}"
    known = await alice.tweet(text)
    doubtful = await alice.tweet(f"{text} and @nobody_at_all_")
    fields = {"tweet.fields": "entities"}
    for tweet, others in ((known, []), (doubtful, ["nobody_at_all_"])):
        mentions = (await alice.lookup(tweet, **fields)).data["entities"]["mentions"]
        assert [mention["id"] for mention in mentions[:2]] == [bob.id, carla.id]
        assert [mention["username"] for mention in mentions[2:]] == others
        assert all("id" not in mention for mention in mentions[2:])
    assert (await carla.change_profile(username=f"c{carla.username[:14]}")).status == 200
    mentions = (await alice.lookup(known, **fields)).data["entities"]["mentions"]
    assert [mention["id"] for mention in mentions] == [bob.id, carla.id]


async def test_a_quote_of_a_deleted_tweet_stays_without_it(alice: Person, bob: Person) -> None:
    quoted = await alice.tweet("Soon gone")
    tweet_id = await bob.tweet("Look at this", quote_tweet_id=quoted)
    await alice.delete(quoted)
    bob.has_seen(alice)
    reply = await bob.lookup(
        tweet_id, expansions="referenced_tweets.id", **{"tweet.fields": "referenced_tweets"}
    )
    assert reply.data["referenced_tweets"] == [{"type": "quoted", "id": quoted}]
    assert "includes" not in reply.body


async def test_a_tweet_that_is_not_there_cannot_be_quoted(alice: Person) -> None:
    reply = await alice.call("POST", "/2/tweets", json={"text": "Hm", "quote_tweet_id": "12"})
    assert_problem(reply, 400, "quote_tweet_id", "12")


async def test_several_are_looked_up_in_the_order_asked_for(alice: Person) -> None:
    first, second, third = [await alice.tweet(f"Heron {n}") for n in range(3)]
    reply = await alice.call("GET", "/2/tweets", params={"ids": f"{second},{third},{first}"})
    assert [tweet["id"] for tweet in reply.data] == [second, third, first]
    assert "errors" not in reply.body


async def test_an_id_given_twice_is_answered_once(alice: Person) -> None:
    tweet_id = await alice.tweet("One wren")
    reply = await alice.call("GET", "/2/tweets", params={"ids": f"{tweet_id},{tweet_id}"})
    assert [tweet["id"] for tweet in reply.data] == [tweet_id]


async def test_a_deleted_tweet_is_404_alone_and_an_error_among_others(alice: Person) -> None:
    kept, gone = await alice.tweet("Stays"), await alice.tweet("Goes")
    deleted = await alice.delete(gone)
    assert (deleted.status, deleted.body) == (200, {"data": {"deleted": True}})
    assert_problem(await alice.lookup(gone), 404, gone)
    reply = await alice.call("GET", "/2/tweets", params={"ids": f"{kept},{gone}"})
    assert reply.status == 200
    assert [tweet["id"] for tweet in reply.data] == [kept]
    (error,) = reply.body["errors"]
    assert error == {
        "title": "Not Found Error",
        "detail": f"Could not find tweet with ids: [{gone}].",
        "type": "https://api.x.com/2/problems/resource-not-found",
        "resource_type": "tweet",
        "parameter": "ids",
        "resource_id": gone,
        "value": gone,
    }


async def test_a_list_of_missing_tweets_has_no_data(alice: Person) -> None:
    reply = await alice.call("GET", "/2/tweets", params={"ids": "1,2"})
    assert reply.status == 200
    assert "data" not in reply.body
    assert [error["value"] for error in reply.body["errors"]] == ["1", "2"]


async def test_a_tweet_can_be_deleted_the_moment_it_is_posted(alice: Person) -> None:
    for n in range(5):
        assert (await alice.delete(await alice.tweet(f"Oops {n}"))).status == 200


async def test_what_was_deleted_cannot_be_deleted_again(alice: Person) -> None:
    tweet_id = await alice.tweet("Once")
    await alice.delete(tweet_id)
    await alice.lookup(tweet_id)
    assert_problem(await alice.delete(tweet_id), 404, tweet_id)


async def test_what_is_not_there_is_named_as_x_names_it(alice: Person) -> None:
    for path, what, parameter, value in (
        ("/2/tweets/7", "tweet", "id", "7"),
        ("/2/users/7", "user", "id", "7"),
        ("/2/users/by/username/nobody_here", "user", "username", "nobody_here"),
    ):
        reply = await alice.call("GET", path)
        assert_problem(reply, 404, value)
        (error,) = reply.body["errors"]
        del error["message"]
        assert error == {
            "title": "Not Found Error",
            "detail": f"Could not find {what} with {parameter}: [{value}].",
            "type": "https://api.x.com/2/problems/resource-not-found",
            "resource_type": what,
            "parameter": parameter,
            "resource_id": value,
            "value": value,
        }


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/history",
        "/replies",
        "/hidden_replies",
        "/quote_tweets",
        "/retweets",
        "/liking_users",
        "/retweeted_by",
    ],
)
async def test_a_tweet_of_just_now_is_there_for_who_cannot_ask_for_its_position(
    alice: Person, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look finds nothing, as where the views have not come so far."""

    async def nothing_yet(*_: object) -> dict[int, Tweet | None]:
        return {}

    tweet_id = await alice.tweet("Just now")
    alice.seen.clear()
    monkeypatch.setattr(TweetLookup, "find", nothing_yet)
    shown = await alice.call("GET", f"/2/tweets/{tweet_id}{path}")
    assert shown.status == 200, shown.body
    if not path:
        assert shown.data["text"] == "Just now"


async def test_several_tweets_of_just_now_are_waited_for_once(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look finds what the views had at first only."""
    find, now = TweetLookup.find, LogEnds.now
    old = await alice.tweet("A while ago")
    assert (await alice.lookup(old)).status == 200
    waits = 0

    async def not_the_new(lookup: TweetLookup, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        return await find(lookup, [tweet_id for tweet_id in tweet_ids if tweet_id == int(old)])

    async def counted(ends: LogEnds) -> Mapping[Partition, int]:
        nonlocal waits
        waits += 1
        return await now(ends)

    tweet = await alice.tweet("Just now")
    reply, retweet = await alice.reply(tweet, "Now"), await alice.retweet(tweet)
    alice.seen.clear()
    monkeypatch.setattr(TweetLookup, "find", not_the_new)
    monkeypatch.setattr(LogEnds, "now", counted)
    asked = [reply, old, "7", retweet, tweet]
    shown = await alice.call("GET", "/2/tweets", params={"ids": ",".join(asked)})
    assert [found["id"] for found in shown.data] == [reply, old, retweet, tweet]
    assert [error["value"] for error in shown.body["errors"]] == ["7"]
    assert waits == 1
    await alice.call("GET", "/2/tweets", params={"ids": f"{old},7"})
    assert waits == 1


async def test_what_x_takes_with_a_tweet_and_does_nothing_here_is_taken(alice: Person) -> None:
    first = await alice.tweet(
        "Labelled",
        made_with_ai=True,
        paid_partnership=True,
        share_with_followers=True,
        nullcast=False,
        for_super_followers_only=False,
        poll={"options": ["a", "b"], "duration_minutes": 5, "reply_settings": "following"},
        **dict.fromkeys(("card_uri", "community_id", "geo", "media", "quote_tweet_id", "reply")),
    )
    reply = {"in_reply_to_tweet_id": first, "auto_populate_reply_metadata": True}
    await alice.tweet("Me too", reply={**reply, "exclude_reply_user_ids": None})
    shown = await alice.lookup(first, **{"tweet.fields": "attachments,reply_settings"})
    assert shown.data["attachments"] == {"poll_ids": [first]}
    assert shown.data["reply_settings"] == "everyone"
    again = {"text": "Again", "edit_options": {"previous_post_id": first}, "made_with_ai": True}
    edited = await alice.call("POST", "/2/tweets", json=again)
    assert edited.status == 201, edited.body
    assert await alice.tweet("As X's samples send it", for_super_followers_only="False")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"card_uri": "tombstone://card"}, "cards"),
        ({"community_id": "7"}, "communities"),
        ({"direct_message_deep_link": "https://twitter.com/messages/compose"}, "direct messages"),
        ({"for_super_followers_only": True}, "subscribers"),
        ({"for_super_followers_only": "True"}, "subscribers"),
        ({"geo": {"place_id": "5a110d312052166f"}}, "places"),
        ({"nullcast": True}, "timeline"),
    ],
)
async def test_what_could_only_be_left_undone_is_refused_with_the_reason(
    alice: Person, asked: dict[str, Any], reason: str
) -> None:
    (name,) = asked
    reply = await alice.call("POST", "/2/tweets", json={"text": "Herons", **asked})
    assert_problem(reply, 400, f"{name}: ", reason)


async def test_280_characters_fit_and_281_do_not(alice: Person) -> None:
    tweet_id = await alice.tweet("a" * 280)
    assert (await alice.lookup(tweet_id)).data["text"] == "a" * 280
    reply = await alice.call("POST", "/2/tweets", json={"text": "a" * 281})
    assert_problem(reply, 400, "text", "280")


async def test_a_url_weighs_23_whatever_its_length(alice: Person) -> None:
    url = "https://example.org/" + "x" * 300
    assert await alice.tweet("a" * 256 + " " + url)
    reply = await alice.call("POST", "/2/tweets", json={"text": "a" * 257 + " " + url})
    assert_problem(reply, 400, "text")


async def test_a_chinese_character_weighs_two(alice: Person) -> None:
    assert await alice.tweet("鳥" * 140)
    reply = await alice.call("POST", "/2/tweets", json={"text": "鳥" * 140 + "a"})
    assert_problem(reply, 400, "text")


async def test_text_is_normalized_to_nfc(alice: Person) -> None:
    posted = await alice.call("POST", "/2/tweets", json={"text": "Ro\u0308dle"})
    assert posted.data["text"] == "R\u00f6dle"
    assert (await alice.lookup(posted.data["id"])).data["text"] == "R\u00f6dle"


async def test_a_request_id_is_kept_or_given(alice: Person) -> None:
    kept = await alice.call("GET", "/2/users/me", headers={"X-Request-ID": "mine-7"})
    assert kept.headers["X-Request-ID"] == "mine-7"
    longest = await alice.call("GET", "/2/users/me", headers={"X-Request-ID": "x" * 128})
    assert longest.headers["X-Request-ID"] == "x" * 128
    for too_long in ({}, {"X-Request-ID": "x" * 129}):
        given = await alice.call("GET", "/2/users/me", headers=too_long)
        assert len(given.headers["X-Request-ID"]) == 16
