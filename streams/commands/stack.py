"""Starting, stopping and looking after a local stack."""

import asyncio
import os
import sys
from typing import Annotated

import typer

from deploy.failure import StackError
from deploy.ports import DEFAULT_BASE, is_free
from deploy.stack import Stack
from streams.checks import run_checks
from streams.commands.running import fail, run, servers_of
from streams.console import err, out
from streams.parts import gateway_address, parts
from streams.setup import set_up

app = typer.Typer()

PortBase = Annotated[
    int,
    typer.Option(help="Moves every port, so that stacks run side by side. The gateway's is N."),
]


@app.command()
def up(
    port_base: PortBase = DEFAULT_BASE,
    detach: Annotated[bool, typer.Option(help="Return when all is ready.")] = False,
    welcome: Annotated[bool, typer.Option(hidden=True)] = True,
) -> None:
    """Set up what is missing, start everything, and stop it all again on Ctrl-C."""
    stack = _stack(port_base)
    servers = servers_of(stack)
    if detach:
        argv = [sys.executable, "-P", "-m", "streams", "up", "--no-welcome"]
        run(stack.detach([*argv, "--port-base", str(stack.port_base)]))
        _welcome(stack)
        return

    async def after_servers() -> None:
        os.environ.update(stack.servers.environ())
        await set_up(servers)

    async def watch() -> None:
        running = asyncio.create_task(stack.up(parts(stack), after_servers=after_servers))
        while not running.done() and stack.notebook.current_phase != "ready":
            await asyncio.wait([running], timeout=0.1)
        if welcome and not running.done():
            _welcome(stack)
        await running

    run(watch())


def _stack(port_base: int) -> Stack:
    try:
        stack = Stack(port_base=port_base, console=err)
    except StackError as error:
        fail(str(error))
    if stack.notebook.read() is None and not is_free(stack.gateway_port):  # else it may be ours
        fail(f"port {stack.gateway_port} is taken: choose others with --port-base")
    return stack


def _welcome(stack: Stack) -> None:
    address = gateway_address(stack)
    out.print(
        f"\n[bold]birdlog is up:[/bold] {address}\n\n"
        "  ./birdlog demo                      a small world to look at: alice, bob, carla, …\n"
        "  ./birdlog user add NAME --token     an account of yours, and its bearer token\n"
        f"  curl -H 'Authorization: Bearer TOKEN' {address}/2/users/me\n"
        "  ./birdlog lag                       how far each view is behind the log\n"
        "  ./birdlog down                      stops it, as Ctrl-C does where it runs\n",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def down() -> None:
    """Stop a stack that runs in the background."""
    stopped = run(Stack(console=err).down())
    if not stopped:
        err.print("nothing is running")


@app.command(name="test", context_settings={"ignore_unknown_options": True})
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
    run(set_up(servers_of(Stack())))
