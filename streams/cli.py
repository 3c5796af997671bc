"""The command line, `./birdlog`."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
import uvloop
from aiokafka.errors import KafkaError
from setproctitle import setproctitle

from deploy.failure import StackError
from deploy.stack import Stack
from events.bulk import BulkAppender
from events.memory import collect_rarely
from gateway.accounts import Accounts, Registration, UsernameInvalid, UsernameTaken
from gateway.leases import NoWorkerNumber, leased_snowflakes
from projections import mongo, postgres, redis
from projections.registry import VIEWS
from projections.stores import Stores, open_stores
from schemas.servers import Servers
from schemas.topics import DEAD_LETTERS, TOPIC_NAMED
from streams import demo, load, outbox, tail, worker
from streams.checks import run_checks
from streams.console import err, out, progress_bars, show_json, show_table
from streams.lag import measure
from streams.parts import gateway_address, parts
from streams.rebuild import rebuild as rebuild_view
from streams.setup import set_up

app = typer.Typer(
    name="birdlog",
    help="Twitter on a log: start it, look into it, rebuild its views.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user_app = typer.Typer(help="Accounts and their tokens.", no_args_is_help=True)
app.add_typer(user_app, name="user")

AsJson = Annotated[bool, typer.Option("--json", help="For programs: one JSON document.")]
PortBase = Annotated[
    int | None,
    typer.Option(help="Moves every port, so that stacks run side by side. The gateway's is N."),
]
RATE_SECONDS = 1.0

UNREACHABLE: tuple[type[Exception], ...] = (
    KafkaError,
    *mongo.TRANSIENT,
    *postgres.TRANSIENT,
    *redis.TRANSIENT,
)


@app.command()
def up(
    port_base: PortBase = None,
    detach: Annotated[bool, typer.Option(help="Return when all is ready.")] = False,
) -> None:
    """Set up what is missing, start everything, and stop it all again on Ctrl-C."""
    stack = Stack(port_base=port_base, console=err)
    if detach:
        argv = [sys.executable, "-P", "-m", "streams", "up", "--port-base", str(stack.port_base)]
        _run(stack.detach(argv))
        _welcome(stack)
        return

    async def after_servers() -> None:
        os.environ.update(stack.servers.environ())
        await set_up(_servers(stack))

    async def watch() -> None:
        running = asyncio.create_task(stack.up(parts(stack), after_servers=after_servers))
        while not running.done() and stack.notebook.current_phase != "ready":
            await asyncio.wait([running], timeout=0.1)
        if not running.done():
            _welcome(stack)
        await running

    _run(watch())


def _welcome(stack: Stack) -> None:
    address = gateway_address(stack)
    out.print(
        f"\n[bold]birdlog is up:[/bold] {address}\n\n"
        "  ./birdlog demo                      a small world to look at: alice, bob, carla, …\n"
        "  ./birdlog user add NAME --token     an account of yours, and its bearer token\n"
        f"  curl -H 'Authorization: Bearer TOKEN' {address}/2/users/me\n"
        "  ./birdlog lag                       how far each view is behind the log\n",
        highlight=False,
    )


@app.command()
def down() -> None:
    """Stop a stack that runs in the background."""
    stopped = _run(Stack(console=err).down())
    if not stopped:
        err.print("nothing is running")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell of each part: its address, whether it is healthy, and how far it lags."""
    stack = Stack()

    async def ask() -> list[dict[str, Any]]:
        found = await stack.health(parts(stack))
        behind = await _behind(_servers(stack))
        return [
            {
                "name": part.name,
                "address": part.address,
                "healthy": part.healthy,
                "detail": part.detail + behind.get(part.name, ""),
            }
            for part in found
        ]

    found = _run(ask())
    if as_json:
        show_json({"parts": found})
    else:
        show_table(
            ["part", "", "address", "detail"],
            [
                [
                    part["name"],
                    "[green]healthy[/green]" if part["healthy"] else "[red]down[/red]",
                    part["address"],
                    part["detail"],
                ]
                for part in found
            ],
        )
    if not all(part["healthy"] for part in found):
        raise typer.Exit(1)


async def _behind(servers: Servers) -> dict[str, str]:
    try:
        async with open_stores(servers) as stores:
            lags = await measure(stores, servers.kafka, list(VIEWS))
    except UNREACHABLE:
        return {}
    return {
        f"worker-{name}": f", {sum(lag.behind for lag in lags.views if lag.view == name)} behind"
        for name in VIEWS
    }


@app.command(name="test")
def run_tests(
    pytest_arguments: Annotated[
        list[str] | None, typer.Argument(help="For pytest; then nothing but the tests is run.")
    ] = None,
) -> None:
    """Run all checks: formatting, lint, types, import direction, and the tests."""
    raise typer.Exit(run_checks(pytest_arguments or []))


@app.command(name="setup")
def setup_command() -> None:
    """Create topics, tables and indexes where they are missing."""
    _run(set_up(_servers(Stack())))


@user_app.command("add")
def user_add(
    username: Annotated[str, typer.Argument(help="1 to 15 letters, digits and underscores.")],
    name: Annotated[str | None, typer.Option(help="The name shown; else the user name.")] = None,
    email: Annotated[str | None, typer.Option(help="Kept with the account only.")] = None,
    token: Annotated[bool, typer.Option("--token", help="Print a bearer token.")] = False,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password, or read it from a pipe.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create an account."""
    secret = _password() if password else None
    registration = Registration(
        username=username, name=name or username, email=email, password=secret
    )

    async def add(stores: Stores) -> tuple[int, str | None]:
        accounts = Accounts(stores.postgres)
        async with leased_snowflakes(stores.postgres) as ids:
            user = await accounts.register(registration, ids, "user add")
        return user.user_id, await accounts.issue_token(user.user_id) if token else None

    user_id, issued = _run(_with_stores(add))
    _show_user(username, user_id, issued, as_json=as_json)


@user_app.command("token")
def user_token(username: str, as_json: AsJson = False) -> None:
    """Print a new bearer token for an account."""

    async def issue(stores: Stores) -> tuple[int, str]:
        accounts = Accounts(stores.postgres)
        users = await accounts.by_usernames([username])
        if not users:
            _fail(f"there is no user {username}")
        (user,) = users.values()
        return user.user_id, await accounts.issue_token(user.user_id)

    user_id, issued = _run(_with_stores(issue))
    _show_user(username, user_id, issued, as_json=as_json)


def _show_user(username: str, user_id: int, token: str | None, *, as_json: bool) -> None:
    if as_json:
        show_json({"id": str(user_id), "username": username, "token": token})
        return
    err.print(f"{username} is user {user_id}", highlight=False)
    if token is not None:
        sys.stdout.write(token + "\n")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\n")


@app.command(name="worker")
def worker_command(
    views: Annotated[list[str] | None, typer.Argument(help="All of them if none is named.")] = None,
) -> None:
    """Keep views up to date with the log, until stopped."""
    names = _view_names(views)
    setproctitle(f"birdlog worker {' '.join(names)}")
    _serve(lambda servers, stop: worker.work(servers, names, stop))


@app.command(name="outbox")
def outbox_command() -> None:
    """Bring the events of new accounts to the log, until stopped."""
    setproctitle("birdlog outbox")
    _serve(outbox.relay)


@app.command()
def lag(
    views: Annotated[list[str] | None, typer.Argument(help="All of them if none is named.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how far each view is behind the log, by partition."""
    servers = _servers(Stack())
    names = _view_names(views)

    async def ask(stores: Stores) -> Any:
        return await measure(stores, servers.kafka, names, sample_seconds=RATE_SECONDS)

    lags = _run(_with_stores(ask))
    if as_json:
        show_json(lags)
        return
    show_table(
        ["view", "topic", "partition", "offset", "end", "behind", "events/s"],
        [
            [
                row.view,
                row.topic,
                str(row.partition),
                str(row.offset),
                str(row.end),
                str(row.behind),
                f"{row.rate:.0f}",
            ]
            for row in lags.views
        ],
    )


@app.command()
def events(
    topic: Annotated[str, typer.Argument(help=", ".join([*TOPIC_NAMED, DEAD_LETTERS]))],
    key: Annotated[str | None, typer.Option(help="Only events with this key.")] = None,
    start: Annotated[
        int, typer.Option("--from", min=0, help="The first offset of each partition.")
    ] = 0,
    follow: Annotated[bool, typer.Option(help="Go on with what is appended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print the log, readable."""
    if topic not in TOPIC_NAMED and topic != DEAD_LETTERS:
        _fail(f"there is no topic {topic}: choose from {', '.join([*TOPIC_NAMED, DEAD_LETTERS])}")
    servers = _servers(Stack())

    async def show() -> None:
        async for line in tail.lines(servers.kafka, topic, key=key, start=start, follow=follow):
            if as_json:
                show_json(line)
            else:
                body = msgspec.json.encode(line.event).decode()
                sys.stdout.write(f"{line.position:<14} {line.key:<20} {body}\n")
            if follow:
                sys.stdout.flush()

    _run(show())


@app.command()
def rebuild(
    view: Annotated[str, typer.Argument(help=", ".join(VIEWS))], as_json: AsJson = False
) -> None:
    """Build a view anew from the log, beside the one that is read, then switch to it."""
    (name,) = _view_names([view])
    servers = _servers(Stack())

    async def build(stores: Stores) -> Any:
        with progress_bars() as bars:
            return await rebuild_view(
                stores,
                servers.kafka,
                name,
                lambda done, total: bars.advance(name, done, total),
            )

    built = _run(_with_stores(build))
    if as_json:
        show_json(built)
    else:
        out.print(
            f"{built.view}: generation {built.generation} is read now; {built.events:,} events in "
            f"{built.seconds:.1f} s, {built.events_per_second:,.0f} events/s",
            highlight=False,
        )


@app.command(name="load")
def load_command(
    follows: Annotated[Path, typer.Option(help="FOLLOWER<TAB>FOLLOWEE lines, plain or gzipped.")],
    tweets: Annotated[Path, typer.Option(help="One tweet a line, plain or gzipped.")],
    tweets_per_second: Annotated[float | None, typer.Option(min=0.001)] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help="Write only so many of the tweets.")
    ] = None,
    stop_on_error: Annotated[
        bool, typer.Option(help="Stop at the first malformed line, before anything is written.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create the accounts, follows and tweets of two files through the log."""
    servers = _servers(Stack())

    async def run(stores: Stores) -> load.Loaded:
        with progress_bars() as bars:
            async with (
                leased_snowflakes(stores.postgres) as ids,
                BulkAppender(servers.kafka) as appender,
            ):
                loader = load.Loader(Accounts(stores.postgres), appender, ids, bars.advance)
                return await loader.files(
                    follows,
                    tweets,
                    stop=stop_on_error,
                    limit=limit,
                    per_second=tweets_per_second,
                    complain=lambda malformed: err.print(
                        str(malformed), markup=False, highlight=False
                    ),
                )

    loaded = _run(_with_stores(run))
    if as_json:
        show_json(loaded)
    else:
        out.print(
            f"{loaded.accounts:,} accounts, {loaded.follows:,} follows and {loaded.tweets:,} tweets"
            f" are on the log, {loaded.left_out:,} lines were left out; {loaded.seconds:.1f} s",
            highlight=False,
        )


@app.command(name="demo")
def demo_command(as_json: AsJson = False) -> None:
    """Fill birdlog with a small world and show what to try in it."""
    stack = Stack()
    servers = _servers(stack)

    async def run(stores: Stores) -> dict[str, demo.Friend]:
        with progress_bars() as bars:
            return await demo.fill(stores, servers.kafka, bars.advance)

    friends = _run(_with_stores(run))
    if as_json:
        show_json({"users": list(friends.values())})
        return
    address = gateway_address(stack)
    show_table(
        ["user", "id", "token"],
        [[friend.username, friend.id, friend.token] for friend in friends.values()],
    )
    alice = friends["alice"]
    out.print(
        f"\nalice's home timeline:\n  curl -H 'Authorization: Bearer {alice.token}' \\\n"
        f"    '{address}/2/users/{alice.id}/timelines/reverse_chronological"
        "?max_results=5&expansions=author_id'\n",
        highlight=False,
        soft_wrap=True,
    )


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> NoReturn:
    """Measure birdlog against its floors; `bench --help` says what can be chosen."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", "bench", *context.args])


def _servers(stack: Stack) -> Servers:
    return Servers.from_environment(stack.servers.environ())


def _view_names(names: list[str] | None) -> list[str]:
    for name in names or ():
        if name not in VIEWS:
            _fail(f"there is no view {name}: choose from {', '.join(VIEWS)}")
    return names or list(VIEWS)


async def _with_stores(use: Callable[[Stores], Awaitable[Any]]) -> Any:
    async with open_stores(_servers(Stack())) as stores:
        return await use(stores)


def _serve(service: Callable[[Servers, asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("faust", "mode", "aiokafka"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

    async def serve() -> None:
        async with _stop_signal() as stop:
            await service(_servers(Stack()), stop)

    _run(serve())


@asynccontextmanager
async def _stop_signal() -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    yield stop


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """The result, or one line that says what is wrong and exit code 1."""
    if not logging.getLogger().handlers:  # libraries would grumble on stderr beside our one line
        logging.getLogger().addHandler(logging.NullHandler())
    try:
        collect_rarely()
        return uvloop.run(work)
    except (StackError, UsernameInvalid, UsernameTaken, NoWorkerNumber) as error:
        _fail(str(error))
    except (load.Malformed, load.Unreadable, worker.WorkerFailed) as error:
        _fail(str(error))
    except FileNotFoundError as error:
        _fail(f"there is no file {error.filename}")
    except UNREACHABLE as error:
        _fail(f"a server cannot be reached, is birdlog up? ({type(error).__name__}: {error})")
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _fail(message: str) -> NoReturn:
    err.print(f"birdlog: {message}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
