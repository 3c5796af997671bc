"""Who gained most, who stays, which tweets went best."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import typer
from msgspec import to_builtins

from gateway.accounts import Accounts
from projections import generations
from projections.analytics import Analytics
from projections.stores import Stores
from schemas.analytics import UserMeasure
from streams.commands.running import AsJson, fail, run, with_stores
from streams.console import show_json, show_table

app = typer.Typer(help="What was gained and lost, by day in UTC.", no_args_is_help=True)

Days = Annotated[int, typer.Option(min=1, max=3_660, help="Up to today, today included.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000)]


@app.command()
def gained(
    measure: Annotated[UserMeasure, typer.Argument()] = "followers",
    days: Days = 28,
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:
    """Show who gained most, less what they lost."""
    first, last = _time(days)
    found = _ask(lambda analytics: analytics.gained_most(measure, first, last, limit=limit))
    if as_json:
        show_json({"gained": [one | {"user_id": str(one["user_id"])} for one in _plain(found)]})
        return
    show_table(
        ["user", "id", "gained", "lost"],
        [[one.username or "-", str(one.user_id), str(one.gained), str(one.lost)] for one in found],
    )


@app.command()
def retention(
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Of registration, and after.")] = 8,
    as_json: AsJson = False,
) -> None:
    """Show how many of those who registered in a week were active in each week after it."""
    first, last = _time(7 * weeks)
    found = _ask(lambda analytics: analytics.retention(first, last, weeks=weeks))
    if as_json:
        show_json({"cohorts": found})
        return
    show_table(
        ["week", "users", *(f"+{week}" for week in range(weeks))],
        [
            [str(one.week), str(one.size), *(f"{100 * n / one.size:.0f} %" for n in one.active)]
            for one in found
        ],
    )


@app.command()
def top(username: str, days: Days = 28, limit: Limit = 10, as_json: AsJson = False) -> None:
    """Show the tweets of a user that gained most."""
    first, last = _time(days)

    async def ask(stores: Stores) -> Any:
        users = await Accounts(stores.postgres).by_usernames([username])
        if not users:
            fail(f"there is no user {username}")
        (user,) = users.values()
        analytics = await _analytics(stores)
        return await analytics.top_tweets(user.user_id, first, last, limit=limit)

    found = run(with_stores(ask))
    if as_json:
        show_json({"tweets": [one | {"tweet_id": str(one["tweet_id"])} for one in _plain(found)]})
        return
    show_table(
        ["tweet", "engagements", "of them"],
        [
            [
                str(one.tweet_id),
                str(one.engagements),
                ", ".join(f"{count} {measure}" for measure, count in one.measures.items()),
            ]
            for one in found
        ],
    )


def _ask(question: Callable[[Analytics], Awaitable[Any]]) -> Any:
    async def ask(stores: Stores) -> Any:
        return await question(await _analytics(stores))

    return run(with_stores(ask))


async def _analytics(stores: Stores) -> Analytics:
    at = await generations.current(stores.postgres)
    return Analytics(stores.postgres, at["analytics"])


def _time(days: int) -> tuple[date, date]:
    today = datetime.now(UTC).date()
    return today - timedelta(days=days - 1), today


def _plain(found: list[Any]) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = to_builtins(found)
    return plain
