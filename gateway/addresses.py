"""Where a request comes from."""

import os
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network

from aiohttp import web

VARIABLE = "BIRDLOG_PROXIES"
FORWARDED = "X-Forwarded-For"
SHARED_BITS = 64
"""One subscriber has all addresses of such an IPv6 network."""


class Addresses:
    """`proxies` are the networks, as `10.0.0.0/8`, whose `X-Forwarded-For` is believed.

    Raises `ValueError` when one of them is no network.
    """

    def __init__(self, proxies: Sequence[str] = ()) -> None:
        self._proxies = [ip_network(proxy.strip()) for proxy in proxies]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Addresses":
        return cls(environment[VARIABLE].split(",") if environment.get(VARIABLE) else ())

    def of(self, request: web.Request) -> str:
        """The peer's address, or the last one in the header that is no proxy's.

        For IPv6 its network of 64 bits. Empty for a Unix socket.
        """
        address = request.remote or ""
        if self._proxies and self._is_proxy(address):
            hops = ",".join(request.headers.getall(FORWARDED, ())).split(",")
            others = (hop.strip() for hop in reversed(hops) if not self._is_proxy(hop.strip()))
            address = next(others, "") or address
        return _network(address) if ":" in address else address

    def _is_proxy(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in proxy for proxy in self._proxies)


def _network(address: str) -> str:
    try:
        return str(ip_network((ip_address(address).packed, SHARED_BITS), strict=False))
    except ValueError:
        return address
