"""From which hosts files may be fetched.

Charter: the judgement of addresses that a server hands us, such as that of a bulk
operation's result: by scheme before anything is sent, and by the IP address once it is
connected, so that neither a redirect nor a name that resolves to another address the
second time leads into the operator's own network. Connecting is the business of
`connections`; where a proxy is set, it decides itself which names it resolves to what.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from shopify_assets.errors import ApiError
from shopify_assets.printable import printable

PUBLIC = "public"

# IPv6 addresses that stand for IPv4 ones, in their last four bytes.
_TRANSLATED = (
    IPv6Network("64:ff9b::/96"),
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("::/96"),
)
_SHOWN = 100


class HostRefused(ApiError):
    """A file lies where none of Shopify's does; it is not fetched."""


def kind_of(address: str) -> str:
    """What an IP address leads to: `public`, or why it is not.

    An IPv6 address that stands for an IPv4 one is of that one's kind.

    Raises:
        ValueError: it is no IP address.
    """
    ip = _meant(ip_address(address.partition("%")[0]))
    if ip.is_unspecified:
        return "loopback"  # connecting to no address leads to this machine
    for kind, is_one in (
        ("loopback", ip.is_loopback),
        ("link-local", ip.is_link_local),
        ("multicast", ip.is_multicast),
        ("private", ip.is_private and not ip.is_reserved),
        ("private", isinstance(ip, IPv6Address) and ip.is_site_local),
    ):
        if is_one:
            return kind
    # The addresses carriers share (100.64.0.0/10) are neither private nor global.
    return PUBLIC if ip.is_global else "reserved"


def _meant(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address) or ip.is_loopback or ip.is_unspecified:
        return ip
    within = ip.ipv4_mapped or ip.sixtofour
    if within is None and any(ip in network for network in _TRANSLATED):
        within = IPv4Address(ip.packed[-4:])
    return within or ip


@dataclass(frozen=True)
class Hosts:
    """Judges where files lie that a shop tells of.

    Public hosts by https are right. What the operator has chosen as the shop's base_url
    may do what it is itself: a simulated shop at 127.0.0.1 has its files there, too.

    Attributes:
        base_url: where the shop's Admin API answers.
        of: whose files they are, for messages.
    """

    base_url: str
    of: str

    def refuse_url(self, url: str) -> None:
        """Judge an address before anything is sent.

        Raises:
            HostRefused: its scheme, or the IP address it names, is not allowed.
        """
        host = _host(url)
        schemes = {"https", urlsplit(self.base_url).scheme}
        scheme = _scheme(url)
        if scheme not in schemes or not host:
            allowed = " or ".join(sorted(schemes))
            raise self._refused(host, f"is told by {scheme or 'no scheme'}", allowed)
        try:
            kind = kind_of(host)
        except ValueError:
            return  # a name: judged when it is connected
        self._refuse_kind(kind, host, host)

    def refuse_address(self, address: str, *, host: str) -> None:
        """Judge the IP address that a connection to `host` has led to.

        Raises:
            HostRefused: it is no public one.
        """
        self._refuse_kind(kind_of(address), host, address)

    def _refuse_kind(self, kind: str, host: str, address: str) -> None:
        if kind != PUBLIC and kind not in self._own:
            what = f"is {kind}" if host == address else f"is {address}, {kind}"
            raise self._refused(host, what, "a public host")

    @cached_property
    def _own(self) -> frozenset[str]:
        """The kinds of the addresses that base_url leads to."""
        host = _host(self.base_url)
        try:
            return frozenset({kind_of(host)})
        except ValueError:
            pass
        try:
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError:
            return frozenset()
        return frozenset(kind_of(str(entry[4][0])) for entry in entries)

    def _refused(self, host: str, what: str, allowed: str) -> HostRefused:
        shown = printable(host)[:_SHOWN]
        return HostRefused(
            f"{self.of}: the host of a file, {shown!r}, {what}; files are fetched from "
            f"{allowed} only, or from where base_url leads: check base_url and the "
            "name server here, and tell Shopify if both are right"
        )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _scheme(url: str) -> str:
    try:
        return printable(urlsplit(url).scheme)
    except ValueError:
        return ""
