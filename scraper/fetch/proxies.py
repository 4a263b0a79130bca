"""The proxies that the environment names (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY)."""

from __future__ import annotations

from importlib.util import find_spec
from urllib.request import getproxies

import httpx

from scraper.errors import UsageError


def of_environment() -> dict[str, httpx.Proxy]:
    """The proxies by URL scheme, or ``all``; raises UsageError for one that cannot be used."""
    found: dict[str, httpx.Proxy] = {}
    for scheme, proxy in getproxies().items():
        if scheme in ("http", "https", "all") and proxy:
            try:
                found[scheme] = httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}")
            except (ValueError, httpx.InvalidURL) as error:
                raise UsageError(f"{scheme.upper()}_PROXY cannot be used: {error}") from error
            if found[scheme].url.scheme.startswith("socks") and find_spec("socksio") is None:
                raise UsageError(f"{scheme.upper()}_PROXY is a SOCKS proxy, which needs the package socksio")
    return found
