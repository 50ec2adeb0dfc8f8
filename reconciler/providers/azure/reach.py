"""Where a service is reached, and which addresses count as it."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

import msgspec

from reconciler.errors import UsageError

_PORTS = {"http": 80, "https": 443}


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint of the Azure Resource Manager, and how patient to be with it; all times in seconds.

    ``loopback`` allows http and keeps proxies of the environment out. The service
    may hold a call for many seconds before it answers (recorded traffic: 16). Where
    it asks to be left alone for longer than ``longest_wait``, the run goes on without
    what it was asked for: buckets fill in seconds, so that is no passing crowd.
    """

    endpoint: str
    loopback: bool = False
    polling_interval: float = 30.0
    connect_timeout: float = 20.0
    read_timeout: float = 120.0
    longest_wait: float = 300.0

    def owns(self, url: str) -> bool:
        """Say whether *url* is on the endpoint's own scheme, host and port."""
        return origin(url) == origin(self.endpoint) is not None

    def within(self, link: str) -> str | None:
        """Return the absolute form of a link the service gave, or None if it leads elsewhere."""
        url = urljoin(f"{self.endpoint}/", link)
        # The SDK takes braces in an address for its own placeholders.
        return url.replace("{", "%7B").replace("}", "%7D") if self.owns(url) else None


def origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an address; None if it has none or names a user."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and "@" not in parts.netloc else None


def azure_reach(endpoint: str) -> Reach:
    """Return how Azure itself is reached.

    Errors: UsageError unless the endpoint is https: a token must not travel in the clear.
    """
    found = origin(endpoint)
    if found is None or found[0] != "https":
        raise UsageError(
            f"endpoint {endpoint}: provider azure needs an https address, like https://management.azure.com; "
            "for an emulator on this machine use --provider emulator"
        )
    return Reach(endpoint=endpoint.rstrip("/"))


def emulator_reach(endpoint: str) -> Reach:
    """Return how an emulator is reached.

    Errors: UsageError unless the endpoint is on loopback: the made credential goes nowhere else.
    """
    found = origin(endpoint)
    if found is None or not _is_loopback(found[1]):
        raise UsageError(
            f"endpoint {endpoint}: provider emulator works on this machine alone; "
            "name the emulator's address, like --endpoint http://127.0.0.1:8750"
        )
    return Reach(endpoint=endpoint.rstrip("/"), loopback=True, polling_interval=0.1)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
