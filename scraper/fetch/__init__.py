"""Polite, bounded HTTP.  The only room that knows httpx.

* ``client``   :class:`Fetcher`: one URL to one :class:`~scraper.records.Page`, redirects and retries included
* ``robots``   what robots.txt allows, how slow it asks us to be, which sitemaps it names
* ``refresh``  where a page leads that only sends the reader on
* ``pace``     when the next request to a host may start
* ``guard``    which addresses a public page may not send us to
* ``network``  connections to those addresses that the guard let pass
* ``plain``    the same for unencrypted hosts, by a faster library
* ``decoding`` Content-Encoding undone within bounds
"""

from scraper.fetch.client import MAX_RETRY_AFTER, Fetcher, Knows, user_agent
from scraper.fetch.robots import Robots

__all__ = ["MAX_RETRY_AFTER", "Fetcher", "Knows", "Robots", "user_agent"]
