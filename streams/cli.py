"""The command line, `./birdlog`."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

MODULES = {
    "up": "stack",
    "down": "stack",
    "test": "stack",
    "setup": "stack",
    "audit": "audits",
    "chaos": "chaos",
    "status": "status",
    "worker": "views",
    "outbox": "views",
    "lag": "views",
    "rebuild": "rebuilds",
    "repartition": "repartitions",
    "events": "log",
    "history": "history",
    "export": "export",
    "snapshot": "snapshots",
    "restore": "snapshots",
    "schemas": "schemas",
    "load": "worlds",
    "demo": "worlds",
    "bench": "worlds",
    "user": "users",
    "app": "apps",
    "analytics": "analytics",
    "dead-letters": "dead_letters",
}
"""The module of `streams.commands` that has each command."""

GROUPS = ("user", "app", "analytics", "dead-letters")
"""Commands that have commands of their own."""


class _Commands(TyperGroup):
    """Imports a command when it is asked for: all of them together take a second to import."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        for name in [cmd_name] if cmd_name in MODULES else MODULES:
            if name not in self.commands:
                self._import(name)
        return super().get_command(ctx, cmd_name)

    def _import(self, name: str) -> None:
        group = get_group(import_module(f"streams.commands.{MODULES[name]}").app)
        self.commands[name] = group if name in GROUPS else group.commands[name]
        self.commands[name].name = name


app = typer.Typer(
    name="birdlog",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def birdlog() -> None:
    """Twitter on a log: start it, look into it, rebuild its views."""
