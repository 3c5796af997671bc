"""Looking into the log."""

import sys
from typing import Annotated

import msgspec
import typer

from deploy.stack import Stack
from schemas.topics import DEAD_LETTERS, TOPIC_NAMED
from streams import tail
from streams.commands.running import fail, run, servers_of
from streams.console import show_json

app = typer.Typer()


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
        fail(f"there is no topic {topic}: choose from {', '.join([*TOPIC_NAMED, DEAD_LETTERS])}")
    servers = servers_of(Stack())

    async def show() -> None:
        async for line in tail.lines(servers.kafka, topic, key=key, start=start, follow=follow):
            if as_json:
                show_json(line)
            else:
                body = msgspec.json.encode(line.event).decode()
                sys.stdout.write(f"{line.position:<14} {line.key:<20} {body}\n")
            if follow:
                sys.stdout.flush()

    run(show())
