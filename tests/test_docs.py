"""The pages say what is so: their code runs, their links lead somewhere, their tables agree."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
import typer

import projections
from events import upcasters
from events.codec import encode
from events.positions import Partition
from events.snowflake import Snowflakes
from gateway.modules import ENDPOINTS, OPEN_PATHS
from projections.stores import Stores
from projections.view import Batch, CheckpointBehind, Recorded
from schemas.events import Event, TweetDeleted, TweetEdited, TweetPosted
from schemas.ids import EPOCH_MS
from streams.cli import MODULES as MODULES_OF_COMMANDS
from streams.cli import app

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
DAY_MS = 86_400_000
FIRST_DAY = (EPOCH_MS // DAY_MS + 1) * DAY_MS

_marked = re.compile(r"<!-- (\w+)(?:: (\S+))? -->\n```python\n(.*?)```", re.DOTALL).findall
_link = re.compile(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)").findall
_heading = re.compile(r"^#+ (.*)$", re.MULTILINE).findall
_fenced = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_commands = re.compile(
    r"\./birdlog ((?:(?:user|app|analytics|dead-letters) )?[a-z][a-z-]*)([^\n`|]*)"
).findall
_option = re.compile(r"(?<!\S)(--[a-z][a-z-]*)").findall
_bound = re.compile(r"^\|.*\| ([\d.,]+) (s|ms|h|KiB|MB)? ?\| `([\w/.]+)` `(\w+)` \|$", re.M).findall
_endpoint = re.compile(r"^\| `(GET|POST|PUT|DELETE) ([^`]+)` \|", re.M).findall


def blocks(page: str) -> dict[tuple[str, str], str]:
    """The marked Python blocks of a page, by kind of mark and name."""
    return {(kind, name): code for kind, name, code in _marked((ROOT / "docs" / page).read_text())}


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "example", "exec"), names)  # noqa: S102
    return names


def prose(page: Path) -> str:
    return _fenced.sub("", page.read_text())


# -- adding an event ------------------------------------------------------------------------------


def test_the_example_event_goes_to_the_log_and_back() -> None:
    reported = run(blocks("adding-an-event.md")["example", "reported"])["TweetReported"]
    event = reported(event_id=2**60, at=1, actor=2, request_id="r", tweet_id=2**60 + 1)
    record = msgspec.json.decode(encode(event))
    assert record == {
        "type": "TweetReported",
        "event_id": str(2**60),
        "at": 1,
        "actor": "2",
        "request_id": "r",
        "tweet_id": str(2**60 + 1),
        "v": 1,
    }
    assert msgspec.json.decode(encode(event), type=reported, strict=False) == event


def test_the_example_upcaster_lifts_the_old_version(monkeypatch: pytest.MonkeyPatch) -> None:
    code = blocks("adding-an-event.md")
    old = run(code["example", "reported"])["TweetReported"]
    new = run(code["example", "reported-2"])["TweetReported"]
    monkeypatch.setattr(upcasters, "UPCASTERS", dict(upcasters.UPCASTERS))
    monkeypatch.setitem(upcasters._CURRENT_BY_NAME, "TweetReported", 2)
    run(code["example", "upcaster"])
    event = old(event_id=1, at=1, actor=2, request_id="r", tweet_id=3, reason="It is Spam")
    lifted = upcasters.upcast(msgspec.json.decode(encode(event)))
    read: Any = msgspec.convert(lifted, new, strict=False)
    assert (read.tweet_id, read.code, read.v) == (3, "spam", 2)


# -- adding a view --------------------------------------------------------------------------------


def write_example(root: Path) -> list[Path]:
    """Writes the files of the example view below `root`."""
    written = []
    for (kind, name), code in blocks("adding-a-view.md").items():
        if kind == "file":
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code)
            written.append(path)
    return written


@pytest.fixture
def daily(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module with the example view's writes."""
    write_example(tmp_path)
    monkeypatch.setattr(
        projections, "__path__", [*projections.__path__, str(tmp_path / "projections")]
    )
    yield import_module("projections.daily.writes")
    for name in [name for name in sys.modules if name.startswith("projections.daily")]:
        del sys.modules[name]
    if hasattr(projections, "daily"):
        del projections.daily


def posted(tweet: int) -> TweetPosted:
    return TweetPosted(event_id=tweet, at=0, actor=1, request_id="r", tweet_id=tweet, text="x")


def deleted(tweet: int) -> TweetDeleted:
    return TweetDeleted(event_id=tweet + 1, at=0, actor=1, request_id="r", tweet_id=tweet)


def tweet_on(day: int) -> int:
    return Snowflakes(day, clock=lambda: FIRST_DAY + day * DAY_MS).next()


def test_the_example_view_folds_events(daily: Any) -> None:
    one, two = tweet_on(0), tweet_on(1)
    edited = TweetEdited(
        event_id=9, at=0, actor=1, request_id="r", tweet_id=one, version_id=9, text="y"
    )
    assert daily.fold([posted(one), posted(two), edited, posted(one), deleted(one)]) == (
        {one, two},
        {one},
    )
    by_day = daily.changes([one, two], [one])
    assert {str(day): count for day, count in by_day.items()} == {
        "2010-11-05": 0,
        "2010-11-06": 1,
    }


async def test_the_example_view_is_exact(daily: Any, stores: Stores) -> None:
    view = daily.DailyView(stores.postgres, 1)
    reader = import_module("projections.daily").Daily(stores.postgres, 1)
    partition = Partition("tweets", 0)
    one, two = tweet_on(0), tweet_on(1)

    async def apply(start: int, *events: Event) -> None:
        recorded = [Recorded(start + number, event) for number, event in enumerate(events)]
        await view.apply(Batch(partition, start, start + len(events), recorded))

    async def counts() -> list[int]:
        days = await stores.postgres.fetch("SELECT min(day), max(day) FROM daily_g1.days")
        return list((await reader.counts(*days[0])).values())

    try:
        await view.prepare()
        await view.prepare()
        await apply(0, posted(one), posted(two))
        await apply(0, posted(one), posted(two))
        await apply(2, posted(one))  # the same event at a later offset
        assert await counts() == [1, 1]
        with pytest.raises(CheckpointBehind):
            await apply(4, deleted(two))
        await apply(3, deleted(one), deleted(one))
        await apply(5, posted(one))
        assert await counts() == [1]
        assert await reader.checkpoints() == {partition: 6}
        assert (await view.digest()).rows == 3
    finally:
        await view.drop()


def test_the_example_view_fits_in(tmp_path: Path) -> None:
    """In a copy of the code, with its line in the registry, it has no fault in types or style."""
    for room in ("schemas", "events", "projections"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    example = write_example(tmp_path)
    registry = tmp_path / "projections" / "registry.py"
    line = blocks("adding-a-view.md")["registry", ""]
    registry.write_text(
        registry.read_text()
        .replace("from projections.gen", "from projections.daily import DailyView\n\\g", 1)
        .replace("\\g", "from projections.gen", 1)
        .replace('    "cache": ', line + '    "cache": ', 1)
    )
    files = [str(path.relative_to(tmp_path)) for path in (*example, registry)]
    for arguments in (
        ("ruff", "format", "--check", *files),
        ("ruff", "check", *files),
        ("mypy", "--cache-dir", str(ROOT / ".mypy_cache" / "docs"), *files),
    ):
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


# -- what the pages name --------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in _link(prose(page)):
        if link.startswith("https://"):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), f"{link} leads out of the clone"
        if anchor:
            assert anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """As GitHub makes them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _heading(prose(page))
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist_with_their_options(page: Path) -> None:
    root = typer.main.get_command(app)
    assert isinstance(root, typer.core.TyperGroup)
    for name, rest in _commands(page.read_text()):
        command: Any = root
        for word in name.split():
            command = command.get_command(None, word)
            assert command is not None, f"./birdlog {name}"
        if name == "bench":
            continue  # hands its options on
        known = {option for parameter in command.params for option in parameter.opts}
        for option in _option(rest.partition("  ")[0]):
            assert option in known | {"--help"}, f"./birdlog {name}{rest}"


def test_links_and_commands_are_found_in_the_pages() -> None:
    """Of a page that has none, the tests above say nothing."""
    commands = [rest for page in PAGES for _, rest in _commands(page.read_text())]
    assert len(commands) > 50
    assert sum(len(_option(rest)) for rest in commands) > 20
    assert sum(len(_link(prose(page))) for page in PAGES) > 50


def test_the_api_page_has_every_endpoint() -> None:
    endpoints = {(found.method, found.path) for found in ENDPOINTS}
    endpoints |= {(found.method, found.path) for found in OPEN_PATHS}
    page = (ROOT / "docs" / "api.md").read_text()
    assert {(method, path.partition("?")[0]) for method, path in _endpoint(page)} == endpoints


def test_the_readme_has_every_command() -> None:
    table = README.read_text().partition("## The command line")[2].partition("\n## ")[0]
    for name in MODULES_OF_COMMANDS:
        assert re.search(rf"^\| `{name}\b", table, re.M), name


def bounds() -> dict[str, tuple[float, float]]:
    """By name, what the page says and what the code says."""
    found = _bound((ROOT / "docs" / "architecture.md").read_text())
    units = {"s": 1.0, "ms": 1e-3, "h": 3600.0, "": 1.0, "KiB": 1024.0, "MB": 1e6}
    both = {}
    for number, unit, path, constant in found:
        module = import_module(path.removesuffix(".py").replace("/", "."))
        value = getattr(module, constant) / (1000 if constant.endswith("_MS") else 1)
        both[f"{path} {constant}"] = float(number.replace(",", "")) * units[unit], value
    return both


BOUNDS = bounds()
"""As they are before tests put others in their places."""


def test_bounds_are_what_the_code_says() -> None:
    assert len(BOUNDS) > 20
    for name, (said, value) in BOUNDS.items():
        assert value == pytest.approx(said), f"{name} is {value}, not {said}"
