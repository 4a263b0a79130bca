"""The pages and files that list stories: home, sections, sitemaps, feeds and robots.txt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from . import headline
from .archive import Archive, Story, Wanted
from .chrome import Setting, page, rails
from .dates import DAY, http_date, moment, printed, utc
from .lexicon import Lexicon
from .prose import compose

PER_PAGE = 10  # stories on a section page
ON_HOME = 20  # stories on a home page, and in a feed
CHUNK = 10_000  # addresses in one sitemap file
NEWS_LIMIT = 1000  # addresses in the news sitemap, as its protocol demands

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def robots(base: str, crawl_delay: float | None) -> bytes:
    """Return robots.txt; the delay is in seconds."""
    delay = "" if crawl_delay is None else f"Crawl-delay: {crawl_delay:g}\n"
    maps = f"Sitemap: {base}/sitemap.xml\nSitemap: {base}/sitemap-news.xml\n"
    return f"User-agent: *\nDisallow: /private/\n{delay}\n{maps}".encode()


def home(setting: Setting, stories: Sequence[Story]) -> bytes:
    """Return a language's home page. It leads to a page that robots.txt forbids."""
    labels = setting.lexicon.labels
    main = f'<main><h2 class="list-title">{labels["news"]}</h2>\n{_cards(setting, stories)}'
    main += f'<p class="staff"><a href="/private/x">x</a></p>\n{rails(setting)}</main>\n'
    return page(setting, labels["news"], _canonical(setting, setting.lexicon.prefix + "/"), main)


def section(setting: Setting, path: str, name: str, number: int, stories: Sequence[Story]) -> bytes:
    """Return page `number` of a section; `stories` holds one more than a page if others follow."""
    labels = setting.lexicon.labels
    head, links = _canonical(setting, path if number == 1 else f"{path}?page={number}"), ""
    if number > 1:
        head += f'<link rel="prev" href="{path}?page={number - 1}">\n'
    if len(stories) > PER_PAGE:
        head += f'<link rel="next" href="{path}?page={number + 1}">\n'
        links = f'<p class="pager"><a rel="next" href="{path}?page={number + 1}">{labels["next"]}</a></p>\n'
    cards = _cards(setting, stories[:PER_PAGE])
    main = f'<main><h2 class="list-title">{escape(name)}</h2>\n{cards}{links}{rails(setting)}</main>\n'
    return page(setting, name, head, main)


def _canonical(setting: Setting, path: str) -> str:
    return f'<link rel="canonical" href="{setting.base}{path}">\n'


def _cards(setting: Setting, stories: Sequence[Story]) -> str:
    return "".join(
        f'<div class="card"><h3><a href="{story.path}">{escape(story.title, quote=False)}</a></h3>'
        f"<span>{printed(story.published, setting.lexicon)}</span></div>\n"
        for story in stories
    )


def feed(archive: Archive, base: str, lexicon: Lexicon, t: int) -> bytes:
    """Return the RSS 2.0 feed of a language: its 20 newest stories."""
    labels = lexicon.labels
    items = "".join(
        f"<item><title>{escape(story.title, quote=False)}</title><link>{base}{story.path}</link>"
        f'<guid isPermaLink="false">{story.id}</guid><pubDate>{http_date(story.published)}</pubDate>'
        f"<category>{escape(lexicon.sections[story.section])}</category>"
        f"<description>{escape(compose(archive, story).summary, quote=False)}</description></item>\n"
        for story in take(archive, t, ON_HOME, Wanted(lexicon.language))
    )
    return (
        f'{_XML}<rss version="2.0"><channel><title>{labels["name"]}</title>'
        f"<link>{base}{lexicon.prefix}/</link>"
        f"<description>{labels['slogan']}</description><language>{lexicon.language}</language>\n"
        f"{items}</channel></rss>\n"
    ).encode()


def take(archive: Archive, t: int, count: int, wanted: Wanted, *, skip: int = 0) -> list[Story]:
    """Return up to `count` of the newest public stories that fit, after leaving out `skip`."""
    found: list[Story] = []
    for place, number in enumerate(archive.newest(t, wanted)):
        if place >= skip + count:
            break
        if place >= skip:
            found.append(archive.at(number, t))
    return found


@dataclass(frozen=True, slots=True)
class Chunk:
    """The stories of one sitemap file: a stretch of scheduled ones, then hand-made ones."""

    name: str
    numbers: tuple[int, ...] | range
    changed: int  # seconds


def months(archive: Archive, t: int) -> Iterator[tuple[int, int]]:
    """Yield (year, month) from the first story's month to that of time t."""
    when, last = moment(archive.first), moment(t)
    year, month = when.year, when.month
    while (year, month) <= (last.year, last.month):
        yield year, month
        year, month = (year + month // 12, month % 12 + 1)


def chunks(archive: Archive, year: int, month: int, t: int) -> list[Chunk]:
    """Return the sitemap files of one month, with at most 10,000 stories each."""
    start = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp())
    scheduled, hand = archive.between(start, end, t)
    found = []
    for low in range(0, len(scheduled) + len(hand), CHUNK):
        numbers: tuple[int, ...] | range = scheduled[low : low + CHUNK]
        if low + CHUNK > len(scheduled):
            rest = slice(max(0, low - len(scheduled)), low + CHUNK - len(scheduled))
            numbers = (*numbers, *hand[rest])
        turn = f"-{low // CHUNK + 1}" if low else ""
        name = f"sitemap-{year}-{month}{turn}.xml"
        found.append(Chunk(name, numbers, archive.last_change_of(numbers, t)))
    return found


def sitemap_index(archive: Archive, base: str, t: int) -> bytes:
    """Return the index of all monthly sitemaps."""
    lines = "".join(
        f"<sitemap><loc>{base}/sitemaps/{chunk.name}</loc><lastmod>{utc(moment(chunk.changed))}</lastmod></sitemap>\n"
        for year, month in months(archive, t)
        for chunk in chunks(archive, year, month, t)
    )
    return f"{_XML}<sitemapindex {_SITEMAP}>\n{lines}</sitemapindex>\n".encode()


def sitemap(archive: Archive, base: str, t: int, chunk: Chunk) -> bytes:
    """Return one monthly sitemap, without the stories deleted since."""
    stories = (archive.at(number, t) for number in chunk.numbers)
    lines = "".join(
        f"<url><loc>{base}{story.path}</loc><lastmod>{utc(story.changed)}</lastmod></url>\n"
        for story in stories
        if story.gone is None
    )
    return f"{_XML}<urlset {_SITEMAP}>\n{lines}</urlset>\n".encode()


def news_sitemap(archive: Archive, base: str, t: int) -> bytes:
    """Return the news sitemap: the stories of the last two days, at most 1,000."""
    lines: list[str] = []
    for number in archive.newest(t):
        if archive.published(number) < t - 2 * DAY or len(lines) == NEWS_LIMIT:
            break
        story = archive.at(number, t)
        name = headline.LEXICONS[story.language].labels["name"]
        lines.append(
            f"<url><loc>{base}{story.path}</loc><news:news><news:publication><news:name>{name}</news:name>"
            f"<news:language>{story.language}</news:language></news:publication>"
            f"<news:publication_date>{utc(story.published)}</news:publication_date>"
            f"<news:title>{escape(story.title, quote=False)}</news:title></news:news></url>\n"
        )
    return f"{_XML}<urlset {_SITEMAP} {_NEWS}>\n{''.join(lines)}</urlset>\n".encode()
