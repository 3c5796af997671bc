"""S3Proxy: a real server that speaks S3, checks signatures, and keeps objects in a folder."""

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError
from rich.console import Console

from deploy.artifact import provide
from deploy.maven import run_maven
from deploy.preparation import Preparation
from deploy.tools import find_java

POM = Path(__file__).with_name("s3proxy.pom.xml")
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
JAR_BYTES = 45_000_000
START_SECONDS = 90.0
BUCKET = "birdlog"
KEYS = {"AWS_ACCESS_KEY_ID": "bird", "AWS_SECRET_ACCESS_KEY": "only-for-tests"}
QUIET = '<configuration><root level="WARN"/></configuration>'


def jars() -> Path:
    """The server's jars, 43 MB, fetched once."""
    preparation = Preparation(Console(stderr=True))

    def build(scratch: Path, result: Path) -> None:
        arguments = ("-f", str(POM), COPY, f"-DoutputDirectory={result}", "-DincludeScope=runtime")
        run_maven(
            arguments,
            says="fetching S3Proxy (43 MB, once)",
            watch=result,
            expected=JAR_BYTES,
            log=scratch / "mvn.log",
            preparation=preparation,
        )

    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    return provide(f"s3proxy-{digest}", build, preparation)


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[dict[str, str]]:
    """The AWS variables that lead to a server with an empty `BUCKET`."""
    java = find_java()
    assert java is not None
    classes = await asyncio.to_thread(jars)
    address = f"http://127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        str(java.binary),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx256m",
        f"-Dlogback.configurationFile={_configured(folder, address)}",
        "-cp",
        f"{classes}/*",
        "org.gaul.s3proxy.Main",
        "--properties",
        str(folder / "s3proxy.conf"),
    )
    variables = {**KEYS, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": address}
    try:
        await _create_bucket(variables)
        yield variables
    finally:
        process.kill()
        await process.wait()


def _configured(folder: Path, address: str) -> Path:
    """Writes what the server reads, and returns the path of its log's configuration."""
    (folder / "data").mkdir()
    properties = {
        "s3proxy.endpoint": address,
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.identity": KEYS["AWS_ACCESS_KEY_ID"],
        "s3proxy.credential": KEYS["AWS_SECRET_ACCESS_KEY"],
        "jclouds.provider": "filesystem-nio2",
        "jclouds.identity": "none",
        "jclouds.credential": "none",
        "jclouds.filesystem.basedir": str(folder / "data"),
    }
    lines = "".join(f"{name}={value}\n" for name, value in properties.items())
    (folder / "s3proxy.conf").write_text(lines)
    (folder / "logback.xml").write_text(QUIET)
    return folder / "logback.xml"


async def _create_bucket(variables: dict[str, str]) -> None:
    """Waits until the server answers."""
    async with (
        asyncio.timeout(START_SECONDS),
        get_session().create_client(
            "s3",
            endpoint_url=variables["AWS_ENDPOINT_URL_S3"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_DEFAULT_REGION"],
        ) as client,
    ):
        while True:
            try:
                await client.create_bucket(Bucket=BUCKET)
            except BotoCoreError:
                await asyncio.sleep(0.2)
            else:
                return


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
