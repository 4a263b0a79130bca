"""Which addresses a public page may not send us to.

A crawler that follows whatever a page names can be turned on the network it runs in
(server-side request forgery, OWASP SSRF).  So a host is asked only if the user named it,
in a target or in a selector file, or if all its addresses are public.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable

from scraper import urls
from scraper.errors import Forbidden

Resolve = Callable[[str], Awaitable[Iterable[str]]]


class Guard:
    """Lets URLs of named hosts and of public addresses pass.

    ``resolve`` gives the IP addresses of a host name; None where a proxy does the resolving,
    and then only addresses written into the URL itself can be judged.
    """

    def __init__(self, named_hosts: Iterable[str], resolve: Resolve | None) -> None:
        self._named = frozenset(named_hosts)
        self._resolve = resolve
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
        for address in await self._addresses(host):
            if not is_public(address):
                raise Forbidden(f"a private address ({address})", about=url)
        self._public.add(host)

    async def _addresses(self, host: str) -> Iterable[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            return await self._resolve(host) if self._resolve else []


def is_public(address: str) -> bool:
    """Whether an IP address is reachable on the public Internet (IANA special-purpose registries)."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not (mapped or parsed).is_multicast
