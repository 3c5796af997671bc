from pathlib import Path

from deploy.home import Home
from deploy.local_servers import NAMES
from deploy.ports import free_base
from deploy.stack import Stack


async def test_all_five_answer_on_loopback(stack: Stack) -> None:
    health = await stack.health()
    assert {part.name for part in health} == set(NAMES)
    assert all(part.healthy for part in health), health
    assert all("127.0.0.1" in stack.servers.address(name) for name in NAMES)


async def test_a_second_stack_beside_it_uses_the_servers_given(
    given: Stack, tmp_path: Path
) -> None:
    beside = Stack(Home(tmp_path), free_base())
    async with beside.running():
        assert beside.servers == given.servers
        health = await beside.health()
    assert {part.detail for part in health} == {"given by the environment"}
    assert all(part.healthy for part in health)
