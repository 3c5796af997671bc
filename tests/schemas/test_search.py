import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.ids import first_id_at
from schemas.media import Media
from schemas.search import (
    Node,
    QueryRejected,
    facts_of,
    matches,
    parse,
    pointed,
    usernames,
    written,
)
from schemas.search.parser import MAX_DEPTH, MAX_LENGTH
from schemas.search.tree import (
    All,
    Any,
    Being,
    Cashtag,
    From,
    Hashtag,
    Having,
    InConversation,
    InReplyTo,
    Lang,
    Mentions,
    MinLikes,
    Not,
    RetweetsOf,
    Sampled,
    Since,
    To,
    Until,
    Url,
    Words,
)
from schemas.search.words import fold, words_of
from schemas.tweets import Reference, Reply, Tweet, Version
from tests.schemas.queries import QUERIES

cat, dog, fish = Words(("cat",)), Words(("dog",)), Words(("fish",))


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("cat", cat),
        ("CÁT", cat),
        ("cat dog", All((cat, dog))),
        ("cat OR dog", Any((cat, dog))),
        ("cat OR dog fish", Any((cat, All((dog, fish))))),
        ("cat dog OR fish", Any((All((cat, dog)), fish))),
        ("(cat OR dog) fish", All((Any((cat, dog)), fish))),
        ("((cat) (dog fish))", All((cat, dog, fish))),
        ("cat -dog", All((cat, Not(dog)))),
        ("cat -(dog OR fish)", All((cat, Not(Any((dog, fish)))))),
        ("cat (is:reply OR fish)", All((cat, Any((Being("reply"), fish))))),
        ("cat (-dog OR fish)", All((cat, Any((Not(dog), fish))))),
        ('"cat dog"', Words(("cat", "dog"))),
        ("coca-cola", Words(("coca", "cola"))),
        ("don't", Words(("don", "t"))),
        ("東京", Words(("東", "京"))),
        ("#Birding", Hashtag("birding")),
        ("＃Birding", Hashtag("birding")),
        ("$ADA", Cashtag("ada")),
        ("@Ada_1", Mentions("ada_1")),
        ("from:Ada", From("ada")),
        ("FROM:@ada", From("ada")),
        ("to:ada", To("ada")),
        ("from:123456789012345", From("123456789012345")),
        ("from:1234567890123456", From(1_234_567_890_123_456)),
        ("-to:9223372036854775807 cat", All((Not(To(2**63 - 1)), cat))),
        ("retweets_of:1234567890123456789", RetweetsOf(1_234_567_890_123_456_789)),
        ("conversation_id:7", InConversation(7)),
        ("url:https://www.Example.com/a-b", Url(("example", "com", "a", "b"))),
        ('url:"example.com"', Url(("example", "com"))),
        ("cat lang:EN", All((cat, Lang("en")))),
        ("cat lang:zh-CN", All((cat, Lang("zh")))),
        ("cat lang:ZH-tw", All((cat, Lang("zh")))),
        ("cat lang:in", All((cat, Lang("id")))),
        ("cat lang:iw", All((cat, Lang("he")))),
        ("cat has:media", All((cat, Having("media")))),
        ("cat -is:reply", All((cat, Not(Being("reply"))))),
        ("cat HAS:Video_Link", All((cat, Having("videos")))),
        ("cat is:Quote", All((cat, Being("quote")))),
        ("cat is:verified", All((cat, Being("verified")))),
        ("cat -has:geo", All((cat, Not(Having("geo"))))),
        ("retweets_of_user:ada", RetweetsOf("ada")),
        ("in_reply_to_status_id:7", InReplyTo(7)),
        ("cat sample:10", All((cat, Sampled(10)))),
        ("cat min_likes:3", All((cat, MinLikes(3)))),
        ("cat since_id:5 until_id:9", All((cat, Since(6), Until(9)))),
        ("cat since:2026-11-23", All((cat, Since(first_id_at(1_795_392_000_000))))),
        ("cat until:2026-11-23T00:00:00Z", All((cat, Until(first_id_at(1_795_392_000_000))))),
    ],
)
def test_a_query_becomes_a_tree(query: str, tree: Node) -> None:
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("query", "column", "said"),
    [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("cat )", 5, "closes nothing"),
        ("cat (dog", 5, "never closed"),
        ("cat ()", 6, "before this )"),
        ("cat OR", 7, "must follow"),
        ("OR cat", 1, "before this OR"),
        ("cat OR OR dog", 8, "before this OR"),
        ('cat "dog', 5, "no partner"),
        ("cat ...", 5, "neither letter"),
        ('cat "!"', 5, "neither letter"),
        ("cat - dog", 5, "neither letter"),
        ("cat --dog", 6, "undoes"),
        ("cat -OR dog", 6, "cannot be negated"),
        ("cat and dog", 5, "a space"),
        ("cat or dog", 5, "OR, in capitals"),
        ("cat colour:red", 5, "no operator colour:"),
        ("https://example.com", 1, "no operator https:"),
        ("from:", 6, "nothing follows"),
        ("cat from:a-b", 10, "user name"),
        ("cat from:9223372036854775808", 10, "16 to 19 digits"),
        ("cat from:@1234567890123456", 10, "user name"),
        ("cat @1234567890123456", 5, "user name"),
        ("cat has:wings", 9, "one of media"),
        ("cat is:dog", 8, "one of reply"),
        ("cat lang:english", 10, "two or three letters"),
        ("cat lang:pt-BR", 10, "two or three letters"),
        ("conversation_id:x", 17, "id of a tweet"),
        ("cat sample:0", 12, "from 1 to 100"),
        ("cat sample:101", 12, "from 1 to 100"),
        ("sample:10", 1, "needs a word"),
        ("cat min_likes:-1", 15, "number of likes"),
        ("cat since:yesterday", 11, "YYYY-MM-DD"),
        ("#1", 1, "no hashtag"),
        ("@", 1, "user name"),
        ("$toolong", 1, "no cashtag"),
        ("is:reply", 1, "needs a word"),
        ("-cat", 1, "needs a word"),
        ("has:links OR is:retweet", 1, "needs a word"),
        ("cat OR -dog", 8, "needs a word"),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH + 1, "513 characters"),
        ("(" * (MAX_DEPTH + 1) + "cat" + ")" * (MAX_DEPTH + 1), MAX_DEPTH + 1, "deep"),
    ],
)
def test_an_error_points_at_its_column(query: str, column: int, said: str) -> None:
    with pytest.raises(QueryRejected) as raised:
        parse(query)
    assert said in raised.value.message
    assert raised.value.column == column


def test_a_caret_stands_below_the_place() -> None:
    with pytest.raises(QueryRejected) as raised:
        parse("cat has:wings")
    assert pointed("cat has:wings", raised.value) == "cat has:wings\n        ^"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("a" * 200 + " has:foo", "…" + "a" * 25 + " has:foo\n" + " " * 31 + "^"),
        ("has:foo " + "a" * 200, "has:foo " + "a" * 26 + "…\n    ^"),
        ("a" * 200 + '\n"b', "…" + "a" * 29 + ' "b\n' + " " * 31 + "^"),
    ],
)
def test_of_a_long_query_what_is_near_the_place_is_shown(query: str, shown: str) -> None:
    with pytest.raises(QueryRejected) as raised:
        parse(query)
    assert pointed(query, raised.value) == shown


_pieces = st.sampled_from(
    ["cat", " ", "OR", "-", "(", ")", '"', "#", "$", "@", "from:", "has:", "is:reply", "since:",
     "鳥", "\u200d", "É", "\N{BIRD}", "12", ".", "min_likes:", "\n"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(_pieces).map("".join)), st.sampled_from([1, 40, 400]))
def test_any_text_is_a_query_or_points_into_itself(query: str, times: int) -> None:
    query *= times
    rejected = _error_in(query)
    if rejected is None:
        return
    assert 1 <= rejected.column <= len(query) + 1
    assert len(str(rejected)) < 250
    shown, caret = pointed(query, rejected).rsplit("\n", 1)
    assert caret == " " * (len(caret) - 1) + "^"
    assert shown[len(caret) - 1 :][:1] == query[rejected.column - 1 :][:1].replace("\n", " ")


def _error_in(query: str) -> QueryRejected | None:
    try:
        parse(query, max_length=len(query))
    except QueryRejected as rejected:
        return rejected
    return None


@given(st.lists(_pieces).map("".join))
def test_what_is_accepted_can_be_written_again(query: str) -> None:
    try:
        tree = parse(query)
    except QueryRejected:
        return
    assert parse(written(tree)) == tree


@given(QUERIES)
def test_a_tree_comes_back_from_its_text(tree: Node) -> None:
    assert parse(written(tree), max_length=10_000) == tree


def test_a_sample_is_that_share_of_all_and_the_same_again() -> None:
    rule = parse("cola sample:20")
    looked_at = [facts_of(replace(tweet, tweet_id=number)) for number in range(2_000)]
    found = [matches(rule, facts, USERS) for facts in looked_at]
    assert found == [matches(rule, facts, USERS) for facts in looked_at]
    assert 300 < sum(found) < 500
    assert parse(written(rule)) == rule


_SIGNS = st.sampled_from("aÉकि़्॒\u064b\u0640\ufc5e\ufe71\u05b0ชี\u3099か\ufe0f\u200d\u20e31 ❤")


@given(st.one_of(st.text(), st.text(_SIGNS)))
def test_words_are_the_same_once_folded(text: str) -> None:
    assert words_of(fold(text)) == words_of(text)
    assert words_of(" ".join(words_of(text))) == words_of(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("काला किला।", ("काला", "किला")),
        ("हिन्दी", ("हिन्दी",)),
        ("বাংলা தமிழ்", ("বাংলা", "தமிழ்")),
        ("ދިވެހި", ("ދިވެހި",)),
        ("𞤊𞤵𞤤𞤬𞤵𞤤𞤣𞤫 𞤆𞤵𞤤𞤢𞥄𞤪", ("𞤬𞤵𞤤𞤬𞤵𞤤𞤣𞤫", "𞤨𞤵𞤤𞤢𞥄𞤪")),
        ("क्\u200dष", ("क्ष",)),
        ("\u093f क", ("क",)),
        ("كِتَابٌ كتـــاب", ("كتاب", "كتاب")),
        ("أحمد آمن هٰذا", ("احمد", "امن", "هذا")),
        ("کتاب\u200cها", ("کتاب", "ها")),
        ("שָׁלוֹם בֵּית־סֵפֶר", ("שלום", "בית", "ספר")),
        ("Zu\u00adsam\u00admen", ("zusammen",)),
        ("ดี", ("ด", "ี")),
        ("No. 1้", ("no", "1", "้")),
        ("မြန်မာ။", ("မ", "ြ", "န", "်", "မ", "ာ")),
        ("ខ្មែរ", ("ខ", "្", "ម", "ែ", "រ")),
    ],
)
def test_marks_are_part_of_a_word_or_make_no_difference(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I❤️you", ("i", "❤", "you")),
        ("Heron😀", ("heron", "😀")),
        ("हिन्दी😀", ("हिन्दी", "😀")),
        ("❤︎❤", ("❤", "❤")),
        ("1️⃣2️⃣", ("1", "2")),
        ("ℹ️More", ("i", "more")),
        ("👩🏽‍🚀🏳️‍🌈", ("👩", "🏽", "🚀", "🏳", "🌈")),
        ("葛\U000e0100城", ("葛", "城")),
    ],
)
def test_an_emoji_is_a_word_without_its_selectors(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@given(st.one_of(st.text(max_size=20), st.text(_SIGNS, max_size=20)))
def test_an_emoji_behind_any_text_is_a_word_of_its_own(text: str) -> None:
    assert words_of(f"{text}😀") == (*words_of(text), "😀")


def test_the_names_of_a_query() -> None:
    tree = parse("from:Ada OR (@bob -to:carla) retweets_of:dora from:1234567890123456")
    assert usernames(tree) == {"ada", "bob", "carla", "dora"}


USERS = {"ada": 1, "bob": 2}
TEXT = "Coca-Cola at the #Café with @bob and $BRD https://www.example.com/pond"
tweet = Tweet(
    100,
    1,
    (Version(100, "before", 0), Version(101, TEXT, 0, (2,))),
    quote_of=Reference(50, 2),
    reply=Reply(Reference(40, 2), Reference(45, 2)),
    media=(Media("3_1", "photo"),),
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cola", True),
        ('"coca cola"', True),
        ('"cola coca"', False),
        ("before", False),
        ("cafe", True),
        ("#cafe", True),
        ("#caf", False),
        ("bob", True),
        ("$brd", True),
        ("pond", False),
        ("url:example.com", True),
        ("url:pond", True),
        ('url:"com example"', False),
        ("@bob", True),
        ("@ada", False),
        ("@nobody", False),
        ("from:ada", True),
        ("from:nobody", False),
        ("to:bob", True),
        ("to:nobody", False),
        ("retweets_of:nobody", False),
        ("conversation_id:40", True),
        ("in_reply_to_tweet_id:45", True),
        ("quotes_of_tweet_id:50", True),
        ("cola is:reply is:quote -is:retweet", True),
        ("cola has:media has:images -has:videos has:links has:hashtags has:mentions", True),
        ("cola is:verified", False),
        ("cola is:nullcast", False),
        ("cola has:geo", False),
        ("cola -is:verified -is:nullcast -has:geo", True),
        ("cola sample:100", True),
        ("cola lang:en", True),
        ("cola lang:de", False),
        ("cola min_likes:3", True),
        ("cola min_likes:4", False),
        ("cola since_id:99 until_id:101", True),
        ("cola since_id:100", False),
        ("cola until_id:100", False),
        ("tea OR cola", True),
        ("cola -(tea OR cafe)", False),
    ],
)
def test_a_tweet_matches(query: str, found: bool) -> None:
    assert matches(parse(query), facts_of(tweet, lang="en", likes=3), USERS) is found


def test_a_retweet_has_no_words_of_its_own() -> None:
    facts = facts_of(Tweet(200, 1, (), retweet_of=Reference(100, 2)))
    assert matches(
        parse("from:ada is:retweet retweets_of:bob retweets_of_tweet_id:100"), facts, USERS
    )
