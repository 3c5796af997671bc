"""Every port of a stack is a fixed offset from one base."""

import random
import socket
from enum import IntEnum

from deploy.failure import StackError

LOOPBACK = "127.0.0.1"
DEFAULT_BASE = 19100
SPAN = 20
"""A stack owns the ports base … base + SPAN - 1; those without a name are the caller's."""


class Offset(IntEnum):
    gateway = 0
    kafka = 1
    kafka_controller = 2
    postgres = 3
    redis = 4
    mongo = 5
    elasticsearch = 6
    elasticsearch_transport = 7


def port(base: int, offset: Offset) -> int:
    return base + offset


def check_base(base: int) -> None:
    if not 1024 <= base <= 65535 - SPAN:
        raise StackError(f"--port-base {base} is out of range: take 1024 to {65535 - SPAN}")


def is_free(number: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, number))
        except OSError:
            return False
        return True


def free_base() -> int:
    """A random base whose SPAN ports are all free now, below the ports the kernel hands out."""
    bases = list(range(20000, 32000, SPAN))
    random.shuffle(bases)
    for base in bases:
        if all(is_free(base + offset) for offset in range(SPAN)):
            return base
    raise StackError("no free range of ports between 20000 and 32000")
