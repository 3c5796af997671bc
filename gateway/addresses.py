"""Where a request comes from."""

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web

VARIABLE = "BIRDLOG_PROXIES"
FORWARDED = "X-Forwarded-For"
SHARED_BITS = 64
"""One subscriber has all addresses of such an IPv6 network."""

REMEMBERED = 10_000
"""To read one takes longer than to count what comes from it."""


Address = IPv4Address | IPv6Address


class Addresses:
    """`proxies` are the networks, as `10.0.0.0/8`, whose `X-Forwarded-For` is believed.

    Raises `ValueError` when one of them is no network.
    """

    def __init__(self, proxies: Sequence[str] = ()) -> None:
        self._proxies = [ip_network(proxy.strip()) for proxy in proxies]
        self._of_peer = lru_cache(REMEMBERED)(self._subject_of_peer)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Addresses":
        return cls(environment[VARIABLE].split(",") if environment.get(VARIABLE) else ())

    def of(self, request: web.Request) -> str:
        """The peer's address, or the last one in the header that is no proxy's.

        What is no address there counts as the peer's. For IPv6 the network of 64 bits. Empty for
        a Unix socket.
        """
        peer = request.remote or ""
        subject, is_proxy = self._of_peer(peer)
        if not is_proxy:
            return subject
        hops = ",".join(request.headers.getall(FORWARDED, ())).split(",")
        found = map(_address, reversed(hops))
        client = next((hop for hop in found if hop is None or not self._is_proxy(hop)), None)
        return _subject(client) if client else subject

    def _subject_of_peer(self, peer: str) -> tuple[str, bool]:
        """And whether it is a proxy."""
        address = _address(peer)
        return (_subject(address), self._is_proxy(address)) if address else (peer, False)

    def _is_proxy(self, address: Address) -> bool:
        return any(address in proxy for proxy in self._proxies)


def _address(text: str) -> Address | None:
    """As proxies write it: perhaps with a port, in brackets, or an IPv4 address as an IPv6 one."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _subject(address: Address) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((address.packed, SHARED_BITS), strict=False))
    return str(address)
