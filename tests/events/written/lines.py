"""Lines of every event and version that was ever written, as the programs of then wrote them.

All of them together tell one story. Of an event in several versions, the same is told in each.
"""

from pathlib import Path

FILES = {
    (name, int(version)): path
    for path in sorted(Path(__file__).parent.glob("*.jsonl"))
    for name, version in [path.stem.split(".")]
}


def lines(shape: tuple[str, int]) -> list[bytes]:
    """Those of one event's name and version, in the order of the log."""
    return FILES[shape].read_bytes().splitlines()
