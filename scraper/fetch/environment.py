"""What the environment says of the network: proxies (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY), and whose certificates are
trusted (SSL_CERT_FILE, SSL_CERT_DIR)."""

from __future__ import annotations

import os
import ssl
from importlib.util import find_spec
from urllib.request import getproxies

import httpx

from scraper.errors import UsageError


def proxies() -> dict[str, httpx.Proxy]:
    """The proxies by URL scheme, or ``all``; raises UsageError for one that cannot be used."""
    found: dict[str, httpx.Proxy] = {}
    for scheme, proxy in getproxies().items():
        if scheme in ("http", "https", "all") and proxy:
            try:
                found[scheme] = httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}")
            except (ValueError, httpx.InvalidURL) as error:
                raise UsageError(f"{scheme.upper()}_PROXY cannot be used: {error}") from error
            if not 0 < (found[scheme].url.port or 1) < 65536:
                raise UsageError(f"{scheme.upper()}_PROXY cannot be used: it has no such port")
            if found[scheme].url.scheme.startswith("socks") and find_spec("socksio") is None:
                raise UsageError(f"{scheme.upper()}_PROXY is a SOCKS proxy, which needs the package socksio")
    return found


def tls() -> ssl.SSLContext:
    """How encrypted hosts are met; raises UsageError for certificates that cannot be read."""
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        named = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), None)
        where = f"{named}, {os.environ[named]}" if named else "the system's certificates"
        raise UsageError(f"cannot be read ({error.strerror or error})", about=where) from error
