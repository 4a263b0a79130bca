"""Where a site answers: under the name that it was given by, or the other of the two that ``www.`` parts."""

from __future__ import annotations

from scraper import urls
from scraper.fetch import Fetcher, Robots
from scraper.sites import Site


async def entrance(url: str, site: Site, fetcher: Fetcher) -> tuple[str, Robots]:
    """The start URL of a site and its robots.txt; the URL under the host's other name where nothing answers under its own
    and something does there, be it a refusal."""
    robots = await fetcher.robots(url, site)
    other = other_name(url, robots)
    if other is None:
        return url, robots
    rules = await fetcher.robots(other, site)
    return (url, robots) if rules.unanswered or rules.forbidden else (other, rules)


def other_name(url: str, robots: Robots) -> str | None:
    """The URL under its host's other name, where nothing answers under its own, as ``robots`` tells."""
    return urls.other_name(url) if robots.unanswered else None


def nor_from(url: str, robots: Robots) -> str:
    """What is to be added, where a start URL does not answer, of its host's other name, which was asked too."""
    other = other_name(url, robots)
    return f", nor from {urls.host_of(other)}" if other else ""
