"""Replying, reading replies, hiding them, and who may reply."""

import asyncio

import pytest
from xdk.posts.models import CreateRequest, HideReplyRequest

from tests.conftest import Register
from tests.gateway.problems import assert_problem
from tests.person import Person, Reply
from tests.x_clients import Tweepy, Xdk

FIELDS = "author_id,conversation_id,in_reply_to_user_id,referenced_tweets"
NOT_THERE = "You attempted to reply to a Tweet that is deleted or not visible to you."


def ids_of(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [tweet["id"] for tweet in reply.body.get("data", [])]


def replied_to(tweet_id: str) -> list[dict[str, str]]:
    return [{"type": "replied_to", "id": tweet_id}]


async def test_a_reply_knows_its_conversation_and_what_it_answers(
    alice: Person, bob: Person, carla: Person
) -> None:
    root = await alice.tweet("A wheatear on the wall")
    first = await bob.reply(root, "Which wall?")
    second = await carla.reply(first, "The north one")
    shown = (await bob.lookup(first, **{"tweet.fields": FIELDS})).data
    assert shown["author_id"] == bob.id
    assert shown["conversation_id"] == root
    assert shown["in_reply_to_user_id"] == alice.id
    assert shown["referenced_tweets"] == replied_to(root)
    shown = (await carla.lookup(second, **{"tweet.fields": FIELDS})).data
    assert shown["conversation_id"] == root
    assert shown["in_reply_to_user_id"] == bob.id
    assert shown["referenced_tweets"] == replied_to(first)
    tweet = (await alice.lookup(root, **{"tweet.fields": FIELDS})).data
    assert "in_reply_to_user_id" not in tweet
    assert "referenced_tweets" not in tweet


async def test_expansions_bring_what_was_answered_and_whom(alice: Person, bob: Person) -> None:
    root = await alice.tweet("Sand martins")
    reply = await bob.reply(root, f"Lucky you, @{alice.username}")
    shown = await bob.lookup(reply, expansions="referenced_tweets.id,in_reply_to_user_id")
    assert [tweet["id"] for tweet in shown.body["includes"]["tweets"]] == [root]
    assert [user["id"] for user in shown.body["includes"]["users"]] == [alice.id]
    shown = await bob.lookup(reply, expansions="entities.mentions.username")
    assert [user["username"] for user in shown.body["includes"]["users"]] == [alice.username]


async def test_replies_come_as_a_tree_the_newest_first(alice: Person, bob: Person) -> None:
    root = await alice.tweet("Ask me anything")
    first, second = [await bob.reply(root, text) for text in ("Why?", "How?")]
    below = [await alice.reply(first, f"Because {n}") for n in range(4)]
    deep = await bob.reply(below[3], "Really?")
    bob.has_seen(alice)
    tree = await bob.replies(root, **{"tweet.fields": FIELDS})
    assert ids_of(tree) == [second, first, below[3], below[2], below[1]]
    assert {tweet["conversation_id"] for tweet in tree.data} == {root}
    assert ids_of(await bob.replies(first)) == [below[3], deep, below[2], below[1], below[0]]
    assert ids_of(await bob.replies(deep)) == []
    assert (await bob.replies(deep)).body == {"meta": {"result_count": 0}}


async def test_the_tree_is_paged_between_direct_replies(alice: Person) -> None:
    root = await alice.tweet("Thread")
    branches = [await alice.reply(root, str(n)) for n in range(7)]
    leaves = {branch: await alice.reply(branch, "and") for branch in branches}
    expected = [tweet for branch in reversed(branches) for tweet in (branch, leaves[branch])]
    pages = await alice.pages(f"/2/tweets/{root}/replies", max_results="4")
    assert [len(page) for page in pages] == [4, 4, 4, 2]
    assert [tweet["id"] for page in pages for tweet in page] == expected
    pages = await alice.pages(f"/2/tweets/{root}/replies", max_results="1")
    assert [tweet["id"] for page in pages for tweet in page] == list(reversed(branches))


@pytest.mark.parametrize("order", ["recency", "likes"])
async def test_no_page_cuts_a_branch_that_fits_into_one(alice: Person, order: str) -> None:
    root = await alice.tweet("Thread")
    branches = {}
    for number in range(3):
        reply = await alice.reply(root, str(number))
        branches[reply] = [await alice.reply(reply, f"{number}.{n}") for n in range(number + 2)]
    trees = [[reply, *answers[:-4:-1]] for reply, answers in reversed(branches.items())]
    expected = [tweet_id for tree in trees for tweet_id in tree]
    path = f"/2/tweets/{root}/replies"
    for size in range(4, 12):
        pages = await alice.pages(path, max_results=str(size), sort_order=order)
        assert [tweet["id"] for page in pages for tweet in page] == expected
        assert max(map(len, pages)) <= size
    pages = await alice.pages(path, max_results="2", sort_order=order)
    assert [[tweet["id"] for tweet in page] for page in pages] == [tree[:2] for tree in trees]


async def test_the_most_liked_replies_come_first_if_asked_for(
    alice: Person, bob: Person, carla: Person
) -> None:
    root = await alice.tweet("Vote with your likes")
    replies = [await bob.reply(root, str(n)) for n in range(6)]
    below = [await bob.reply(replies[1], str(n)) for n in range(2)]
    likes = {replies[1]: 3, replies[4]: 1, replies[2]: 1, below[0]: 2}
    alice.has_seen(bob)
    for reply, count in likes.items():
        for person in (alice, bob, carla)[:count]:
            path = f"/2/users/{person.id}/likes"
            liked = await person.call("POST", path, json={"tweet_id": reply})
            assert liked.status == 200, liked.body
            alice.has_seen(person)
    ordered = [replies[1], below[0], below[1], *(replies[n] for n in (4, 2, 5, 3, 0))]
    assert ids_of(await alice.replies(root, sort_order="likes")) == ordered
    path = f"/2/tweets/{root}/replies"
    for size in (1, 2):
        pages = await alice.pages(path, max_results=str(size), sort_order="likes")
        found = [tweet["id"] for page in pages for tweet in page]
        assert [tweet for tweet in found if tweet in replies] == [
            tweet for tweet in ordered if tweet in replies
        ]
    page = await alice.replies(root, max_results="3")
    token = page.body["meta"]["next_token"]
    other = await alice.replies(root, sort_order="likes", pagination_token=token)
    assert_problem(other, 400, "pagination_token")


async def test_a_reply_is_edited_and_deleted_like_a_tweet(alice: Person, bob: Person) -> None:
    root = await alice.tweet("Redstart")
    reply = await bob.reply(root, "Blak?")
    edited = await bob.edit(reply, "Black?")
    assert (edited.status, edited.data["id"]) == (201, reply)
    version = edited.data["edit_history_tweet_ids"][1]
    assert (await bob.lookup(version)).data["text"] == "Black?"
    (shown,) = (await bob.replies(root)).data
    assert shown["text"] == "Black?"
    assert_problem(await alice.edit(reply, "Mine"), 403, "another user's")
    assert_problem(await alice.delete(reply), 403, "another user's")
    assert (await bob.delete(version)).status == 200
    assert ids_of(await bob.replies(root)) == []
    assert_problem(await bob.lookup(reply), 404, reply)
    assert_problem(await bob.replies(reply), 404, reply)


async def test_replies_are_among_what_their_author_wrote(alice: Person, bob: Person) -> None:
    root = await alice.tweet("Who is out today?")
    tweet = await bob.tweet("Out at dawn")
    reply = await bob.reply(root, "Me")
    bob.has_seen(alice)
    assert ids_of(await bob.user_tweets(bob)) == [reply, tweet]
    assert ids_of(await bob.user_tweets(bob, exclude="replies")) == [tweet]
    metrics = await bob.lookup(root, **{"tweet.fields": "public_metrics"})
    assert metrics.data["public_metrics"]["reply_count"] == 1


async def test_a_reply_is_written_once_for_each_key(alice: Person) -> None:
    root = await alice.tweet("Once")
    command = {"text": "only", "reply": {"in_reply_to_tweet_id": root}}
    key = {"Idempotency-Key": f"reply-{root}"}
    sent = [await alice.call("POST", "/2/tweets", json=command, headers=key) for _ in range(3)]
    assert {reply.data["id"] for reply in sent} == set(ids_of(await alice.replies(root)))
    assert sent[0].position.startswith("replies:")


async def test_what_is_below_a_deleted_reply_stays_but_not_in_the_tree(alice: Person) -> None:
    root = await alice.tweet("Trunk")
    branch = await alice.reply(root, "Branch")
    leaf = await alice.reply(branch, "Leaf")
    await alice.delete(branch)
    assert ids_of(await alice.replies(root)) == []
    shown = (await alice.lookup(leaf, **{"tweet.fields": FIELDS})).data
    assert shown["conversation_id"] == root


async def test_a_conversation_ends_with_its_root(alice: Person, bob: Person) -> None:
    root = await alice.tweet("Soon gone")
    reply = await bob.reply(root, "Wait")
    await alice.delete(root)
    bob.has_seen(alice)
    assert_problem(await bob.replies(root), 404, root)
    assert_problem(await bob.replies(reply), 404, root)
    assert (await bob.lookup(reply)).data["text"] == "Wait"
    for gone in (root, reply):
        assert_problem(await try_to_reply(bob, gone), 403, NOT_THERE, root)
    assert (await bob.delete(reply)).status == 200


async def test_a_retweet_stands_for_the_tweet_that_it_shows(alice: Person, bob: Person) -> None:
    root = await alice.tweet("Pass it on")
    retweet = await bob.retweet(root)
    reply = await alice.reply(retweet, "Thanks")
    shown = (await alice.lookup(reply, **{"tweet.fields": FIELDS})).data
    assert shown["conversation_id"] == root
    assert shown["referenced_tweets"] == replied_to(root)
    bob.has_seen(alice)
    assert ids_of(await bob.replies(retweet)) == [reply]


async def test_who_is_blocked_can_neither_reply_nor_read_replies(
    alice: Person, bob: Person, carla: Person
) -> None:
    root = await alice.tweet("Not for everyone")
    reply = await carla.reply(root, "Hear, hear")
    bob.has_seen(alice)
    bob.has_seen(carla)
    assert ids_of(await bob.replies(root)) == [reply]
    await alice.block(bob)
    bob.has_seen(alice)
    assert_problem(await bob.replies(root), 403)
    assert_problem(await try_to_reply(bob, root), 403, NOT_THERE)
    assert_problem(await try_to_reply(bob, reply), 403, NOT_THERE)
    await carla.block(alice)
    alice.has_seen(carla)
    assert ids_of(await alice.replies(root)) == []


@pytest.mark.parametrize("why", ["blocked", "protected"])
async def test_a_branch_is_left_out_with_the_reply_that_it_grows_from(
    alice: Person, bob: Person, carla: Person, why: str
) -> None:
    root = await alice.tweet("Trunk")
    first = await alice.reply(root, "First branch")
    leaf = await alice.reply(first, "First leaf")
    bob.has_seen(alice)
    unseen = await bob.reply(root, "Second branch")
    alice.has_seen(bob)
    on_it = await alice.reply(unseen, "Second leaf")
    carla.has_seen(bob)
    carla.has_seen(alice)
    assert ids_of(await carla.replies(root)) == [unseen, on_it, first, leaf]
    if why == "blocked":
        await carla.block(bob)
    else:
        await bob.protect()
    assert ids_of(await carla.replies(root)) == [first, leaf]


@pytest.mark.parametrize("order", ["recency", "likes"])
async def test_a_page_is_not_empty_for_those_who_may_not_be_seen(
    alice: Person, bob: Person, carla: Person, order: str
) -> None:
    root = await alice.tweet("An auk")
    carla.has_seen(alice)
    kept = await carla.reply(root, "Kept")
    answer = await carla.reply(kept, "Kept too")
    for person in (alice, bob):
        person.has_seen(carla)
    for number in range(12):
        await bob.reply(root, f"Number {number}")
        await bob.reply(kept, f"Number {number}")
    await alice.block(bob)
    alice.has_seen(bob)
    pages = await alice.pages(f"/2/tweets/{root}/replies", max_results="2", sort_order=order)
    assert [[tweet["id"] for tweet in page] for page in pages] == [[kept, answer]]


async def test_a_reply_to_nothing_is_refused(alice: Person) -> None:
    assert_problem(await try_to_reply(alice, "5"), 403, NOT_THERE, "5")
    assert_problem(await alice.replies("5"), 404, "5")


async def test_a_reply_can_be_answered_the_moment_it_is_posted(alice: Person, bob: Person) -> None:
    last = await alice.tweet("0")
    for n in range(10):
        last = await (alice, bob)[n % 2].reply(last, str(n))


async def test_the_roots_author_hides_and_shows_replies(
    alice: Person, bob: Person, carla: Person
) -> None:
    root = await alice.tweet("Be nice")
    rude = await bob.reply(root, "No")
    below = await carla.reply(rude, "Do")
    hidden = await alice.hide(rude)
    assert (hidden.status, hidden.body) == (200, {"data": {"hidden": True}})
    alice.has_seen(carla)
    assert ids_of(await alice.replies(root)) == []
    listed = await alice.call("GET", f"/2/tweets/{root}/hidden_replies")
    assert ids_of(listed) == [rude, below]
    assert (await alice.lookup(rude)).status == 200
    assert (await alice.hide(below)).status == 200
    assert ids_of(await alice.replies(rude)) == []
    assert (await alice.hide(rude, hidden=False)).data == {"hidden": False}
    assert ids_of(await alice.replies(root)) == [rude]


async def test_nobody_else_hides_a_reply(alice: Person, bob: Person, carla: Person) -> None:
    root = await alice.tweet("Mine")
    reply = await bob.reply(root)
    assert_problem(await bob.hide(reply), 403, "another user's")
    assert_problem(await carla.hide(reply), 403, "another user's")
    assert_problem(await alice.hide(root), 400, "no reply")
    assert_problem(await alice.hide("5"), 404, "5")
    bad = await alice.call("PUT", f"/2/tweets/{reply}/hidden", json={"hidden": "yes"})
    assert_problem(bad, 400, "hidden")


async def try_to_reply(person: Person, tweet_id: str) -> Reply:
    command = {"text": "May I?", "reply": {"in_reply_to_tweet_id": tweet_id}}
    return await person.call("POST", "/2/tweets", json=command)


async def test_only_those_who_are_mentioned_may_reply(
    alice: Person, bob: Person, carla: Person
) -> None:
    root = await alice.tweet(f"A word, @{bob.username}", reply_settings="mentionedUsers")
    shown = (await alice.lookup(root, **{"tweet.fields": "reply_settings"})).data
    assert shown["reply_settings"] == "mentionedUsers"
    reply = await bob.reply(root)
    shown = (await bob.lookup(reply, **{"tweet.fields": "reply_settings"})).data
    assert shown["reply_settings"] == "mentionedUsers"
    own = await alice.reply(root)
    assert_problem(await try_to_reply(carla, root), 403, "limited who may reply")
    assert_problem(await try_to_reply(carla, reply), 403, "limited who may reply")
    assert_problem(await try_to_reply(carla, own), 403, root)


async def test_only_those_whom_the_author_follows_may_reply(
    alice: Person, bob: Person, register: Register
) -> None:
    named, stranger = await register("named"), await register("nobody")
    await alice.follow(bob)
    await alice.call("GET", f"/2/users/{alice.id}/following")
    root = await alice.tweet(f"Friends and @{named.username}", reply_settings="following")
    assert (await try_to_reply(bob, root)).status == 201
    assert (await try_to_reply(named, root)).status == 201
    assert_problem(await try_to_reply(stranger, root), 403, "limited who may reply")


async def test_settings_that_mean_nothing_here_are_refused(alice: Person) -> None:
    for settings in ("subscribers", "verified"):
        command = {"text": "VIP", "reply_settings": settings}
        refused = await alice.call("POST", "/2/tweets", json=command)
        assert_problem(refused, 400, "reply_settings", settings)
    root = await alice.tweet("Everybody", reply_settings="everyone")
    to_root = {"in_reply_to_tweet_id": root}
    refused = await alice.call(
        "POST",
        "/2/tweets",
        json={"text": "Not here", "reply": to_root, "reply_settings": "following"},
    )
    assert_problem(refused, 400, "reply_settings", "root")


async def test_an_edit_changes_nothing_but_the_text(alice: Person) -> None:
    root, other = await alice.tweet("A"), await alice.tweet("B")
    fixed = {"reply": {"in_reply_to_tweet_id": other}, "reply_settings": "following"}
    for name, value in fixed.items():
        edit = {"text": "C", "edit_options": {"previous_post_id": root}, name: value}
        assert_problem(await alice.call("POST", "/2/tweets", json=edit), 400, name)


async def seen(person: Person, tweet_id: str) -> None:
    """A client of X cannot ask for a position: this waits until the views have the tweet."""
    async with asyncio.timeout(60):
        while (await person.lookup(tweet_id)).status == 404:
            await asyncio.sleep(0.01)


async def test_a_program_replies_and_hides_with_tweepy(
    alice: Person, bob: Person, with_tweepy: Tweepy
) -> None:
    root = await alice.tweet("Over to you")
    reply = await bob.reply(root, "Over to me")
    posted = await with_tweepy(
        "create_tweet",
        text="And back",
        in_reply_to_tweet_id=reply,
        exclude_reply_user_ids=[bob.id],
        user_auth=False,
    )
    await seen(alice, posted.data["id"])
    shown = await with_tweepy(
        "get_tweet",
        posted.data["id"],
        tweet_fields=["conversation_id", "referenced_tweets", "in_reply_to_user_id"],
        expansions=["referenced_tweets.id", "in_reply_to_user_id"],
    )
    assert str(shown.data.conversation_id) == root
    assert str(shown.data.in_reply_to_user_id) == bob.id
    (reference,) = shown.data.referenced_tweets
    assert (reference.type, str(reference.id)) == ("replied_to", reply)
    assert [str(tweet.id) for tweet in shown.includes["tweets"]] == [reply]
    hidden = await with_tweepy("hide_reply", reply, user_auth=False)
    assert hidden.data == {"hidden": True}
    shown_again = await with_tweepy("unhide_reply", reply, user_auth=False)
    assert shown_again.data == {"hidden": False}


async def test_a_program_replies_and_hides_with_xdk(
    alice: Person, bob: Person, with_xdk: Xdk
) -> None:
    root = await alice.tweet("Hello from the SDK")
    reply = await bob.reply(root, "Hello back")
    posted = await with_xdk(
        "posts",
        "create",
        body=CreateRequest(text="Hi", reply={"in_reply_to_tweet_id": reply}),
    )
    assert posted.data.text == "Hi"
    hidden = await with_xdk("posts", "hide_reply", reply, body=HideReplyRequest(hidden=True))
    assert hidden.data.hidden is True
