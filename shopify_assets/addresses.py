"""Where a secret may be sent.

Charter: the addresses that tokens and alerts go to: `https`, or `http` to this machine,
written so plainly that all who read them read the same. What is refused is not quoted:
it may hold a password.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from shopify_assets.errors import ConfigurationError

# Of all that RFC 3986 allows, what no two programs read differently: no login before
# the host, no backslash, no `%` in the host, no character that is not ASCII.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^\s?#\\]*)?"
    r"(?P<query>\?[^\s#\\]*)?",
    re.IGNORECASE,
)
_LAST_PORT = 65535


def refuse_unsafe(address: str, *, name: str) -> None:
    """Refuse an address that a secret must not be sent to.

    Args:
        address: the URL.
        name: what it is called where it is written: a key, or a variable.

    Raises:
        ConfigurationError: by that name, with the remedy.
    """
    if fault := fault_of(address):
        raise ConfigurationError(f"{name} {fault} (what stands there is not shown)")


def fault_of(address: str) -> str | None:
    """What is wrong with an address, in words that do not quote it; None if nothing."""
    if "@" in address.partition("://")[2].partition("/")[0]:
        return (
            "must hold no user and no password before the host: a secret is kept in an "
            "environment variable of its own"
        )
    found = _ADDRESS.fullmatch(address)
    if found is None or not address.isascii() or not address.isprintable():
        return "must look like https://host or https://host:port/path, in plain ASCII"
    host = found["host"].lower()
    if ".." in host or int(found["port"] or 0) > _LAST_PORT or not _is_host(host):
        return "names no valid host and port"
    if found["scheme"].lower() == "http" and not is_this_machine(host):
        return (
            "must begin with https://: by http:// anyone on the way could read the "
            "secret; only this machine itself (localhost, 127.0.0.1) may be asked so"
        )
    return None


def _is_host(host: str) -> bool:
    """Whether a host in brackets is an IPv6 address; others are names or IPv4."""
    return not host.startswith("[") or _ip(host) is not None


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine, whatever a name server says."""
    if host == "localhost":
        return True
    address = _ip(host)
    return address is not None and address.is_loopback


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
