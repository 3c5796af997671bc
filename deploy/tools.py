"""The programs that servers are started with, and how they are found on this machine."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_JAVA_AT_LEAST = 17


@dataclass(frozen=True, slots=True)
class Java:
    """A JDK, 17 or later."""

    home: Path
    version: str

    @property
    def binary(self) -> Path:
        return self.home / "bin/java"


@dataclass(frozen=True, slots=True)
class KafkaTools:
    """`jars` is a folder; `archive` is the shared class data, used when it fits."""

    java: Java
    jars: Path
    archive: Path


@dataclass(frozen=True, slots=True)
class ElasticsearchTools:
    java: Java
    folder: Path


@dataclass(frozen=True, slots=True)
class Tools:
    """All that a stack may need; None for what the environment gives instead.

    `mongo` is the path of a real mongod or the folder of the stand-in's jars.
    """

    java: Java | None
    kafka: KafkaTools | None
    elasticsearch: ElasticsearchTools | None
    postgres: Path | None
    redis: str | None
    mongo: Path | None


def find_java() -> Java | None:
    """The JDK of JAVA_HOME, of PATH, or of /usr/lib/jvm, the first that is recent enough."""
    candidates = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    commands = (shutil.which(name) for name in ("javac", "java"))
    candidates += [Path(found).resolve().parent.parent for found in commands if found]
    candidates += sorted(Path("/usr/lib/jvm").glob("java-*"))
    for home in candidates:
        if (version := _java_version(home)) is not None:
            return Java(home, version)
    return None


def find_postgres() -> Path | None:
    """The folder with the newest postgres and initdb."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: float(folder.parent.name),
        reverse=True,
    )
    if found := shutil.which("postgres"):
        folders.append(Path(found).resolve().parent)
    return next((folder for folder in folders if _has_postgres(folder)), None)


def _has_postgres(folder: Path) -> bool:
    return all((folder / name).exists() for name in ("postgres", "initdb"))


def _java_version(home: Path) -> str | None:
    if not all((home / "bin" / name).exists() for name in ("java", "javac")):
        return None
    try:
        asked = subprocess.run(
            (home / "bin/java", "-version"), capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "((\d+)[^"]*)"', asked.stderr)
    return found[1] if found and int(found[2]) >= _JAVA_AT_LEAST else None
