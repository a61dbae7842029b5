"""Keeps a crawl on the public internet: a page must not send the crawler into a private network.

Addresses are refused where they are used: `GuardedResolver` filters what a name resolves to, for
every connection (so a redirect, or a name that changes its address, finds the same door closed),
and `PrivateNetworkGuard` turns down literal addresses and tells why a name was refused. Both are
off with ALLOW_PRIVATE_NETWORKS. Behind a proxy it is the proxy that resolves names: then only
literal addresses and `localhost` can be refused here.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest, NotConfigured
from scrapy.resolver import CachingHostnameResolver
from scrapy.utils.datatypes import LocalCache
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class PrivateAddressRefused(IgnoreRequest):
    """A request would have gone to an address that is not on the public internet.

    Attributes:
        url: what was asked for.
        address: the address, or the name that always stands for one.
    """

    def __init__(self, url: str, address: str) -> None:
        super().__init__(
            f"{url}: {address} is not a public address (allow with -s ALLOW_PRIVATE_NETWORKS=True)"
        )
        self.url = url
        self.address = address


class GuardMissingError(RuntimeError):
    """The guard is on, but names are resolved by something other than `GuardedResolver`."""

    def __init__(self) -> None:
        super().__init__(
            "TWISTED_DNS_RESOLVER must be scraper.network_guard.GuardedResolver "
            "unless ALLOW_PRIVATE_NETWORKS is set"
        )


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet.

    Loopback, private, link-local, shared, multicast, reserved and unspecified addresses are not
    (IANA special-purpose registries), nor is an IPv6 address that leads to such an IPv4 address.

    >>> is_public("93.184.216.34"), is_public("::ffff:10.0.0.1")
    (True, False)
    """
    parsed = _embedded_ipv4(ip_address(address.partition("%")[0]))
    return parsed.is_global and not (
        parsed.is_multicast or parsed.is_reserved or getattr(parsed, "is_site_local", False)
    )


def _embedded_ipv4(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Unwrap IPv4-mapped, 6to4, Teredo and NAT64 addresses: they reach the IPv4 address inside."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def find_literal_address(host: str) -> str | None:
    """Give the IP address that `host` spells, None where it is a name to be resolved.

    The C library's spellings count, as every resolver takes them.

    >>> find_literal_address("127.0.0.1"), find_literal_address("0x7f.1")
    ('127.0.0.1', '127.0.0.1')
    >>> find_literal_address("2130706433"), find_literal_address("[::1]")
    ('127.0.0.1', '::1')
    >>> find_literal_address("example.org") is None
    True
    """
    bare = host.strip("[]").rstrip(".")
    with suppress(ValueError):
        return str(ip_address(bare))
    with suppress(OSError, UnicodeEncodeError):
        return socket.inet_ntoa(socket.inet_aton(bare))
    return None


def _find_refused_address(host: str) -> str | None:
    """Give the address (or name) for which a host is refused before any name is resolved."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
        return name
    address = find_literal_address(host)
    return address if address is not None and not is_public(address) else None


class PrivateNetworkGuard:
    """Downloader middleware that refuses literal private addresses and explains refused names.

    Its place is next to the downloader, past HttpProxyMiddleware (750): there it sees proxies,
    and a refused name becomes `PrivateAddressRefused` before RetryMiddleware asks for it again.
    """

    def __init__(self) -> None:
        from twisted.internet import reactor

        self._reactor = reactor

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware; with ALLOW_PRIVATE_NETWORKS there is none."""
        if crawler.settings.getbool("ALLOW_PRIVATE_NETWORKS"):
            raise NotConfigured
        return cls()

    def process_request(self, request: Request) -> None:
        """Refuse a request whose host is a private address, in whatever spelling.

        Raises:
            PrivateAddressRefused: it is.
            GuardMissingError: names would be resolved without the guard.
        """
        host = urlparse_cached(request).hostname or ""
        address = _find_refused_address(host)
        if address is not None:
            raise PrivateAddressRefused(request.url, address)
        resolver = self._resolver()
        if proxy := request.meta.get("proxy"):
            resolver.trust(urlsplit(proxy if "//" in proxy else f"//{proxy}").hostname or "")
        elif resolver.trusts(host):
            raise PrivateAddressRefused(request.url, host)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Say which address a name was refused for, where Scrapy only knows of no address.

        Raises:
            PrivateAddressRefused: the name resolved to private addresses only.
        """
        if isinstance(exception, CannotResolveHostError):
            address = self._resolver().refused.get(urlparse_cached(request).hostname or "")
            if address is not None:
                raise PrivateAddressRefused(request.url, address) from exception

    def _resolver(self) -> GuardedResolver:
        resolver = self._reactor.nameResolver
        if not isinstance(resolver, GuardedResolver) or resolver.allows_private:
            raise GuardMissingError
        return resolver


class GuardedResolver(CachingHostnameResolver):
    """DNS resolver (setting TWISTED_DNS_RESOLVER) that withholds addresses that are not public.

    Attributes:
        allows_private: withhold nothing (setting ALLOW_PRIVATE_NETWORKS).
        refused: for names all of whose addresses were withheld, one of these; the latest 10,000.
    """

    def __init__(self, reactor: Any, cache_size: int, *, allows_private: bool = False) -> None:
        super().__init__(reactor, cache_size)
        self.allows_private = allows_private
        self.refused: LocalCache[str, str] = LocalCache(10_000)
        self._trusted: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        """Build the resolver by the settings DNSCACHE_* and ALLOW_PRIVATE_NETWORKS."""
        resolver = super().from_crawler(crawler, reactor)
        resolver.allows_private = crawler.settings.getbool("ALLOW_PRIVATE_NETWORKS")
        return resolver

    def trust(self, host: str) -> None:
        """Resolve `host`, a proxy that the user has set, without looking at its addresses."""
        self._trusted.add(host.lower())

    def trusts(self, host: str) -> bool:
        """Tell whether `host` is a proxy that is resolved without looking at its addresses."""
        return host.lower() in self._trusted

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[Any]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolve as Scrapy does, cache included, and withhold addresses that are not public."""
        receiver = resolutionReceiver
        if not self.allows_private and not self.trusts(hostName):
            receiver = _PublicAddresses(receiver, hostName.lower(), self.refused)
        return super().resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )


@implementer(IResolutionReceiver)
class _PublicAddresses:
    """Passes a name's public addresses on, and notes the name where there is none."""

    def __init__(self, receiver: Any, name: str, refused: LocalCache[str, str]) -> None:
        self._receiver = receiver
        self._name = name
        self._refused = refused
        self._withheld: str | None = None
        self._passed_any = False

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if is_public(address.host):
            self._passed_any = True
            self._receiver.addressResolved(address)
        else:
            self._withheld = address.host

    def resolutionComplete(self) -> None:  # noqa: N802
        if self._withheld is not None and not self._passed_any:
            self._refused[self._name] = self._withheld
        self._receiver.resolutionComplete()
