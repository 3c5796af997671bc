"""One short history with every kind of event in it, and with what makes events hard to apply:
repetitions, changes of mind, deletions, and deeds of people who may not do them."""

from schemas.events import (
    BookmarkRemoved,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    ListChanged,
    ListCreated,
    ListDeleted,
    ListFollowed,
    ListMemberAdded,
    ListMemberRemoved,
    ListPinned,
    ListUnfollowed,
    ListUnpinned,
    NotificationsRead,
    Poll,
    PollVoted,
    ProfileChanged,
    ReactionCleared,
    ReplyDeleted,
    ReplyEdited,
    ReplyHidden,
    ReplyPosted,
    RetweetRemoved,
    TweetBookmarked,
    TweetDeleted,
    TweetDisliked,
    TweetEdited,
    TweetLiked,
    TweetPosted,
    UserBlocked,
    UserErased,
    UserFollowed,
    UserMuted,
    UserRegistered,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)
from schemas.media import Media
from tests.contract.story import Round, Story

USERS = ANN, BOB, CAI, DAN = 101, 102, 103, 104
NOBODY, EVE = 105, 106
_PHOTO = Media("3_1", "photo", 16, 9, size=48)


def history(at: int) -> list[Round]:
    """`at`, in milliseconds since the Unix epoch, is when all of it happens; the ids differ not."""
    story = Story(at)
    tell, mark = story.tell, story.mark

    for user, name in zip(USERS, ("ann", "bob", "cai", "dan"), strict=True):
        tell(UserRegistered, user, user_id=user, username=name, name=name.title())
    for follower, followee in ((BOB, ANN), (CAI, ANN), (DAN, BOB), (ANN, BOB), (CAI, BOB)):
        tell(UserFollowed, follower, target=followee)
    story.again()
    tell(FollowRequested, ANN, target=DAN)
    tell(FollowRequested, BOB, target=DAN)
    tell(UserMuted, ANN, target=CAI)
    tell(UserBlocked, DAN, target=CAI)
    dipper = story.post(ANN, "A #dipper for @cai", mentions=(CAI,), media=(_PHOTO,))
    heron = story.post(BOB, "Which heron?", poll=Poll(("grey", "purple"), 60))
    story.again()
    wren = story.post(CAI, "A wren")
    nest = story.reply(BOB, "On its nest", dipper, dipper)
    song = story.reply(CAI, "Singing to @dan", dipper, nest, mentions=(DAN,))
    for user in (BOB, CAI, DAN):
        mark(TweetLiked, user, dipper)
    story.again()
    mark(TweetDisliked, ANN, wren)
    mark(TweetLiked, ANN, nest)
    mark(TweetBookmarked, DAN, dipper)
    mark(PollVoted, CAI, heron, option=2)
    shown = story.retweet(BOB, dipper)
    story.retweet(CAI, dipper)
    birds = tell(ListCreated, ANN, "list_id", name="birds")
    hidden = tell(ListCreated, BOB, "list_id", name="hidden", private=True)
    tell(ListMemberAdded, ANN, list_id=birds, member=BOB)
    tell(ListMemberAdded, ANN, list_id=birds, member=CAI)
    tell(ListMemberAdded, BOB, list_id=hidden, member=DAN)
    for user in (ANN, BOB, CAI, DAN):
        tell(ListFollowed, user, list_id=birds)
        tell(ListPinned, user, list_id=birds)
        tell(ListFollowed, user, list_id=hidden)
    story.again()
    tell(NotificationsRead, CAI, until=nest[0])

    story.turn()
    tell(ProfileChanged, CAI, user_id=CAI, username="caia", name="Caia", protected=True)
    tell(ProfileChanged, BOB, user_id=BOB, username="bob", name="Bobby", description="birds")
    tell(UserUnfollowed, CAI, target=BOB)
    tell(FollowRequestAnswered, DAN, follower=ANN, accepted=True)
    tell(FollowRequestAnswered, DAN, follower=BOB, accepted=False)
    tell(UserUnmuted, ANN, target=CAI)
    tell(UserMuted, DAN, target=ANN)
    tell(UserUnblocked, DAN, target=CAI)
    story.edit(TweetEdited, ANN, dipper, "A #dipper for @dan", mentions=(DAN,))
    story.edit(TweetEdited, NOBODY, heron, "Not mine")
    quote = story.post(DAN, "Look", quote_of=dipper[0], quoted_author=ANN)
    story.tell(TweetDeleted, CAI, tweet_id=wren[0])
    story.edit(ReplyEdited, BOB, nest, "On its nest, see @ann", mentions=(ANN,))
    tell(ReplyHidden, ANN, tweet_id=song[0], root=dipper[0], hidden=True)
    chick = story.reply(DAN, "And a chick", dipper, nest, media=(_PHOTO,))
    mark(ReactionCleared, BOB, dipper)
    mark(TweetDisliked, CAI, dipper)
    mark(ReactionCleared, DAN, dipper, cleared="dislike")
    mark(TweetLiked, ANN, wren)
    mark(BookmarkRemoved, DAN, dipper)
    mark(TweetBookmarked, ANN, heron)
    mark(PollVoted, CAI, heron, option=1)
    mark(PollVoted, DAN, heron, option=1)
    mark(RetweetRemoved, BOB, dipper, retweet_id=shown)
    story.retweet(ANN, heron)
    tell(ListChanged, BOB, list_id=hidden, name="open", private=False)
    tell(ListChanged, CAI, list_id=hidden, name="not mine")
    tell(ListPinned, DAN, list_id=hidden)
    tell(ListUnfollowed, CAI, list_id=birds)
    tell(ListUnpinned, CAI, list_id=birds)
    tell(ListUnpinned, CAI, list_id=hidden)
    tell(ListChanged, ANN, list_id=birds, private=True)
    tell(ListPinned, BOB, list_id=birds)
    tell(ListUnpinned, ANN, list_id=birds)
    tell(ListMemberRemoved, ANN, list_id=birds, member=CAI)
    tell(NotificationsRead, ANN, until=quote[0])

    tell(ProfileChanged, CAI, user_id=CAI, username="caia", name="Caia", pinned=quote[0])
    tell(UserFollowed, CAI, target=BOB)
    tell(FollowerRemoved, ANN, follower=BOB)
    tell(UserBlocked, DAN, target=CAI)
    tell(UserUnmuted, DAN, target=ANN)
    story.edit(TweetEdited, ANN, dipper, "The last #word")
    story.tell(TweetDeleted, DAN, tweet_id=quote[0])
    story.tell(TweetDeleted, NOBODY, tweet_id=dipper[0])
    late = story.post(BOB, "Late, for @ann", mentions=(ANN,))
    gone = story.post(ANN, "Gone at once")
    story.tell(TweetDeleted, ANN, tweet_id=gone[0])
    tell(ReplyHidden, ANN, tweet_id=song[0], root=dipper[0], hidden=False)
    tell(ReplyHidden, NOBODY, tweet_id=nest[0], root=dipper[0], hidden=True)
    tell(ReplyDeleted, DAN, tweet_id=chick[0])
    mark(TweetLiked, CAI, dipper)
    mark(TweetLiked, DAN, nest)
    mark(ReactionCleared, ANN, nest, cleared="like")
    mark(TweetLiked, BOB, late)
    story.retweet(BOB, dipper)
    mark(RetweetRemoved, CAI, dipper, retweet_id=0)
    tell(ListMemberAdded, ANN, list_id=birds, member=DAN)
    tell(ListChanged, ANN, list_id=birds, private=False, description="all may see it")
    tell(ListFollowed, DAN, list_id=birds)
    tell(ListPinned, CAI, list_id=birds)
    tell(ListDeleted, BOB, list_id=hidden)
    tell(ListFollowed, CAI, list_id=hidden)
    tell(NotificationsRead, CAI, until=late[0])

    tell(UserRegistered, EVE, user_id=EVE, username="eve", name="Eve")
    tell(ProfileChanged, EVE, user_id=EVE, username="eva", name="Eva", protected=True)
    tell(UserFollowed, EVE, target=ANN)
    tell(ListMemberAdded, ANN, list_id=birds, member=EVE)
    tell(UserErased, EVE, user_id=EVE)
    story.again()
    tell(UserUnfollowed, EVE, target=ANN)
    tell(ListMemberRemoved, DAN, list_id=birds, member=EVE)
    tell(ListMemberRemoved, EVE, list_id=birds, member=EVE)
    return story.rounds


def shown_tweets(rounds: list[Round]) -> list[int]:
    """The tweets and replies that anybody ever wrote."""
    return sorted(
        {
            event.tweet_id
            for told in rounds
            for event in told
            if isinstance(event, TweetPosted | ReplyPosted)
        }
    )
