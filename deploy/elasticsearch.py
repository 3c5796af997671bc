"""Elasticsearch: one node, loopback, without its security features."""

import asyncio
import os
import shutil
from pathlib import Path

import aiohttp

from deploy.account import own
from deploy.home import Home
from deploy.part import Part
from deploy.ports import LOOPBACK, Offset, port
from deploy.tools import ElasticsearchTools

_JVM = (
    "-Xms512m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch "
    "-Des.entitlements.enabled=false"
)
_CONFIG = ("log4j2.properties", "role_mapping.yml", "roles.yml", "users", "users_roles")


def elasticsearch_part(home: Home, base: int, tools: ElasticsearchTools) -> Part:
    """The node at `base`; `ES_JAVA_OPTS` adds options for its Java machine.

    What it refuses for want of memory is decided by what requests take. By what the heap holds it
    refused good ones: with the serial collector that is mostly what was not collected yet.

    Entitlements fence in plugins, of which there are none, and cost 3 s of CPU at each start.
    """
    data = home.data("elasticsearch")
    ports = (port(base, Offset.elasticsearch), port(base, Offset.elasticsearch_transport))
    return Part(
        name="elasticsearch",
        argv=(str(tools.folder / "bin/elasticsearch"),),
        env={
            "ES_PATH_CONF": str(data / "config"),
            "ES_TMPDIR": str(data / "tmp"),
            "ES_JAVA_HOME": str(tools.java.home),
            "ES_JAVA_OPTS": f"{_JVM} {os.environ.get('ES_JAVA_OPTS', '')}".strip(),
            "CLI_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
            "HOME": str(data / "tmp"),
        },
        cwd=data,
        address=f"{LOOPBACK}:{ports[0]}",
        ports=ports,
        prepare=lambda: asyncio.to_thread(_prepare, data, ports, tools.folder),
        ready=lambda: probe(f"http://{LOOPBACK}:{ports[0]}"),
        reaches=(data, tools.folder, tools.java.home),
        start_timeout=120,
        stop_timeout=30,
    )


async def probe(url: str) -> None:
    """Returns when the cluster has a master and its indices can be written."""
    timeout = aiohttp.ClientTimeout(total=2.5)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(f"{url.rstrip('/')}/_cluster/health?timeout=1s") as answer,
    ):
        answer.raise_for_status()
        status = (await answer.json())["status"]
    if status not in ("green", "yellow"):
        raise ConnectionError(f"the cluster is {status}")


def _prepare(data: Path, ports: tuple[int, int], installed: Path) -> None:
    """What root writes, it writes where the server's account cannot put a link instead."""
    config = data / "config"
    shutil.rmtree(config, ignore_errors=True)
    (config / "jvm.options.d").mkdir(parents=True)
    for name in _CONFIG:
        shutil.copy(installed / "config" / name, config / name)
    options = (installed / "config/jvm.options").read_text().splitlines()
    kept = [line for line in options if "Xlog:gc" not in line and "UseG1GC" not in line]
    (config / "jvm.options").write_text("\n".join(kept) + "\n")
    (config / "elasticsearch.yml").write_text(settings(data, ports))
    for folder in (config, data / "tmp", data / "nodes", data / "logs"):
        folder.mkdir(exist_ok=True)
        own(folder)


def settings(data: Path, ports: tuple[int, int]) -> str:
    return f"""\
cluster.name: birdlog
node.name: birdlog
path.data: {data / "nodes"}
path.logs: {data / "logs"}
network.host: {LOOPBACK}
http.port: {ports[0]}
transport.port: {ports[1]}
discovery.type: single-node
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
action.auto_create_index: "false"
indices.breaker.total.use_real_memory: false
"""
