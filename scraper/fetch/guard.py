"""Which addresses a public page may not send us to.

A crawler that follows whatever a page names can be turned on the network it runs in
(server-side request forgery, OWASP SSRF).  So a host is asked only if the user named it,
in a target or in a selector file, or if all its addresses are public.  That is asked before a
request, for a clear answer, and again for each connection, which goes to an address that passed.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable

from scraper import urls
from scraper.errors import Forbidden

#: IANA IPv6 Global Unicast Address Assignments.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ENDS_IN_NUMBER = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)$", re.IGNORECASE)
#: What is said of a host whose name has no address.
NO_SUCH_HOST = "no such host"

Resolve = Callable[[str], Awaitable[Iterable[str]]]


class Guard:
    """Lets URLs of named hosts and of public addresses pass.

    ``resolve`` gives the IP addresses of a host name.  ``is_direct`` says of a URL whether it is
    asked for there and not of a proxy, which does the resolving: then only an address that is
    written into the URL itself can be judged.
    """

    def __init__(
        self, named_hosts: Iterable[str], resolve: Resolve, is_direct: Callable[[str], bool] = lambda url: True
    ) -> None:
        self._named = frozenset(named_hosts)
        self._resolve = resolve
        self._is_direct = is_direct
        self._public: set[str] = set()

    async def check(self, url: str) -> None:
        """Raise :class:`Forbidden` for a URL that a page may not send us to."""
        if not url.startswith(("http://", "https://")):
            raise Forbidden("only http and https are fetched", about=url)
        host = urls.host_of(url)
        if host in self._named or host in self._public:
            return
        if host == "localhost" or host.endswith(".localhost"):
            raise Forbidden("a loopback address", about=url)
        self._judge(_literal(host) or (await self._look_up(host) if self._is_direct(url) else []), about=url)
        self._public.add(host)

    async def addresses(self, host: str) -> list[str]:
        """Where to connect to for a host, looked up and judged anew: a name may lead elsewhere by now.

        Raises :class:`Forbidden`; an empty list if the name does not resolve.
        """
        found = await self._look_up(host)
        if host not in self._named:
            self._judge(found, about=host)
        return found

    def _judge(self, addresses: Iterable[str], about: str) -> None:
        for address in addresses:
            if not is_public(address):
                raise Forbidden(f"a private address ({address})", about=about)

    async def _look_up(self, host: str) -> list[str]:
        return _literal(host) or list(dict.fromkeys(await self._resolve(host)))


def _literal(host: str) -> list[str]:
    """The address that a host is written as, if it is one, also as a number or in parts (URL standard, "IPv4 parser")."""
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    if not _ENDS_IN_NUMBER.search(host):
        return []
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError:
        return []


def is_public(address: str) -> bool:
    """Whether an IP address is reachable on the public Internet (IANA special-purpose registries)."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    reached = (_ipv4_inside(parsed) if isinstance(parsed, ipaddress.IPv6Address) else None) or parsed
    # Of IPv6, what the registry has given out; the rest holds local translations of private addresses.
    given_out = isinstance(reached, ipaddress.IPv4Address) or reached in _GLOBAL_UNICAST
    return given_out and reached.is_global and not reached.is_multicast


def _ipv4_inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to: mapped, by NAT64 (RFC 6052) or by 6to4 (RFC 3056)."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
