"""What a reply answers, and who may reply."""

from gateway.lookups import Meant
from gateway.parameters import id_of
from gateway.problems import forbidden
from gateway.state import Gateway
from gateway.visibility import reachable
from schemas.api.tweets import ReplyTo
from schemas.tweets import Reference, Reply, Tweet

PARAMETER = "reply.in_reply_to_tweet_id"
NOT_THERE = "You attempted to reply to a Tweet that is deleted or not visible to you."
"""X's words, by which programs know it."""


async def answered(gateway: Gateway, user: int, command: ReplyTo) -> Reply:
    """Where the user's reply hangs.

    Raises a 403 `Problem` when what it answers, or the tweet at the root, is not there, or is not
    for the user to see, and when the user may not reply.
    """
    meant = await _find(gateway, id_of(command.in_reply_to_tweet_id, PARAMETER))
    parent = meant.tweet
    root = (await _find(gateway, parent.conversation)).tweet if parent.reply else parent
    authors = {root.author, *meant.authors}
    if authors - await reachable(gateway, user, authors):
        raise forbidden(NOT_THERE)
    if not await may_reply(gateway, user, root):
        raise forbidden(f"the author of tweet {root.tweet_id} has limited who may reply to it")
    return Reply(Reference(root.tweet_id, root.author), Reference(parent.tweet_id, parent.author))


async def may_reply(gateway: Gateway, user: int, root: Tweet) -> bool:
    if root.reply_settings == "everyone" or user == root.author:
        return True
    if user in root.versions[-1].mentions:
        return True
    if root.reply_settings == "mentionedUsers":
        return False
    return bool(await gateway.readers.graph.edges([(root.author, user)]))


async def _find(gateway: Gateway, tweet_id: int) -> Meant:
    """The tweet, or the one that a retweet shows."""
    meant = await gateway.tweets.meant_for_writing(tweet_id)
    if meant is None:
        raise forbidden(f"{NOT_THERE} There is no tweet {tweet_id}.")
    return meant
