"""The shapes of events, now and as they were written."""

from typing import Annotated

import typer

from events.compatibility import problems
from events.json_schemas import current, keep, kept
from events.upcasters import UPCASTERS
from streams.commands.running import AsJson, fail
from streams.console import out, show_json

app = typer.Typer()


@app.command(name="schemas")
def schemas_command(
    write: Annotated[bool, typer.Option(help="Keep the schemas of today's events.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare today's events with what may be on the log: exit code 1 if some cannot be read."""
    before, now = kept(), current()
    found = sorted(problems(before, now, UPCASTERS))
    changed = sorted(f"{name}.{v}" for name, v in now if before.get((name, v)) != now[name, v])
    if as_json:
        show_json({"problems": found, "changed": changed})
    else:
        for line in found:
            out.print(line, markup=False, highlight=False, soft_wrap=True)
    if found:
        fail("what is on the log could not be read: see docs/adding-an-event.md")
    if write:
        keep(now)
    elif changed:
        fail(f"not kept as they are: {', '.join(changed)}; ./birdlog schemas --write keeps them")
