"""Brings what a stack needs onto this machine: packages, downloads, the programs' paths."""

import asyncio
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from deploy import downloads
from deploy.class_archive import kafka_tools
from deploy.failure import StackError
from deploy.packages import install, missing_packages
from deploy.preparation import Preparation
from deploy.tools import ElasticsearchTools, Java, Tools, find_java, find_postgres


async def set_up(servers: Collection[str], console: Console) -> Tools:
    """Make the named servers startable; what is there is left alone (then it takes 0.2 s).

    StackError says what to install where we may not.
    """
    if sys.platform != "linux":
        raise StackError(
            "the local stack runs on Linux; elsewhere use `docker compose -f deploy/compose.yaml "
            "up`, or give the servers' addresses in the environment"
        )
    preparation = Preparation(console)
    try:
        return await asyncio.to_thread(_set_up, frozenset(servers), preparation)
    except asyncio.CancelledError:
        preparation.stop()
        raise


def _set_up(servers: frozenset[str], preparation: Preparation) -> Tools:
    mongod = shutil.which("mongod")
    stand_in = "mongo" in servers and mongod is None
    needs_java = stand_in or bool(servers & {"kafka", "elasticsearch"})
    install(
        missing_packages(
            java=needs_java,
            maven=needs_java,
            postgres="postgres" in servers,
            redis="redis" in servers,
        ),
        preparation.console,
    )
    java = _java() if needs_java else None
    mongo: Path | None = Path(mongod) if mongod and "mongo" in servers else None
    if stand_in:
        mongo = downloads.devmongo_jars(preparation)
    kafka = elasticsearch = None
    if java is not None and "kafka" in servers:
        kafka = kafka_tools(java, downloads.kafka_jars(preparation), preparation)
    if java is not None and "elasticsearch" in servers:
        elasticsearch = ElasticsearchTools(java, downloads.elasticsearch_folder(preparation))
    return Tools(
        java=java,
        kafka=kafka,
        elasticsearch=elasticsearch,
        postgres=find_postgres() if "postgres" in servers else None,
        redis=shutil.which("redis-server") if "redis" in servers else None,
        mongo=mongo,
    )


def _java() -> Java:
    java = find_java()
    if java is None:
        raise StackError("no JDK 17 or later was found: set JAVA_HOME to one")
    return java
