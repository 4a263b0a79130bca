"""An article that its site parts into several pages: its later pages in order, and all of it as one.

Where a page goes on, :mod:`scraper.extract.pagination` says; what came of asking for the next one, the caller's ``get``:
a crawl asks the server, ``reextract`` the archive.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

import msgspec

from scraper import urls
from scraper.archive import Archive
from scraper.archive.parts import NOT_STORED, Part, is_own_story, last_answer, problem_of
from scraper.errors import ArchiveError, Unreadable
from scraper.records import Article, Image, Provenance, Related
from scraper.sites import Site
from scraper.workers import Workers

#: Pages of one article.  Longer ones are galleries, or a site that counts on for ever; and each page is a request.
MOST = 20
#: Pages of one story are dated less far apart: one may give the day alone.
ONE_DAY = timedelta(days=1)

Get = Callable[[str, Article], Awaitable[Part | None]]


async def follow(first: Article, next_page: str | None, site: Site, get: Get) -> tuple[Article, list[Part]]:
    """The whole article, and its later pages.  ``get`` gives the page of a URL after a first one, None if that has
    an article of its own.

    It ends before a page that was there already, and before one that tells another story.
    """
    parts: list[Part] = []
    warnings: list[str] = []
    seen, bodies = {urls.page_key(first.url)}, {first.body}
    while first.kind == "article" and first.body and next_page and urls.page_key(next_page) not in seen:
        if len(seen) >= MOST:
            warnings.append(f"body: the article has more than {MOST} pages")
            break
        number = len(seen) + 1
        if not site.covers(next_page):
            warnings.append(f"body: page {number} of the article is off the site")
            break
        part = await get(next_page, first)
        if part is None:
            warnings.append(f"body: page {number} of the article is archived as one of its own")
            break
        later = part.article
        if later is None:
            parts.append(part)
            warnings.append(f"body: page {number} of the article could not be had ({part.problem})")
            break
        if later.body in bodies or urls.page_key(later.url) in seen or not _is_same_story(first, later):
            break
        parts.append(part)
        bodies.add(later.body)
        seen.add(urls.page_key(next_page))
        next_page = part.next_page
    return _joined(first, parts, warnings), parts


def from_archive(archive: Archive, workers: Workers, site: Site, now: datetime) -> Get:
    """Later pages as the archive has them, for what is read without network."""

    async def get(url: str, first: Article) -> Part | None:
        if is_own_story(archive, url, first):
            return None
        part = await stored_part(archive, workers, site, url, now)
        if part.article is None and (told := problem_of(archive, url)):
            return msgspec.structs.replace(part, problem=told)
        return part

    return get


async def stored_part(archive: Archive, workers: Workers, site: Site, url: str, now: datetime) -> Part:
    """A later page as the archive has it; a part with a problem if it has none that can be read."""
    try:
        page = last_answer(archive, url)
    except ArchiveError as error:
        return Part(url, now, problem=error.message)
    if page is None:
        return Part(url, now, problem=NOT_STORED)
    try:
        article, next_page = await workers.reread(page, site)
        refuse_other(article)
    except Unreadable as error:
        return Part(url, now, problem=error.message)
    return Part(url, now, article, next_page)


def first_page(article: Article) -> str | None:
    """The first page of the article that this is a later page of, if it gives that as its canonical address."""
    told = article.canonical_url
    stems = (urls.page_key(stem).rstrip("/") for stem, number in urls.numbered(article.url) if number > 1)
    return told if told is not None and urls.page_key(told).rstrip("/") in stems else None


def refuse_other(later: Article) -> None:
    """Raise Unreadable where a wall, an error or a list stands in the place of a later page."""
    if later.kind != "article" or not later.body:
        raise Unreadable(f"what stands there is no article: {later.kind}", about=later.url)


def _is_same_story(first: Article, later: Article) -> bool:
    """Whether a page that is the next by its address is so by what it says, too."""
    if later.canonical_url and urls.page_key(later.canonical_url) in (
        urls.page_key(first.url),
        urls.page_key(first.canonical_url or first.url),
    ):
        return True
    if first.published and later.published and abs(first.published - later.published) >= ONE_DAY:
        return False
    if first.publisher_id and later.publisher_id and first.publisher_id != later.publisher_id:
        return False
    shorter, longer = sorted(((first.title or "").casefold(), (later.title or "").casefold()), key=len)
    return longer.startswith(shorter) and not longer[len(shorter) : len(shorter) + 1].isalnum()


def _joined(first: Article, parts: list[Part], warnings: list[str]) -> Article:
    """The first page with the text of all."""
    pages = [first, *(part.article for part in parts if part.article is not None)]
    if len(pages) == 1:
        return msgspec.structs.replace(first, warnings=(*first.warnings, *warnings)) if warnings else first
    provenance = first.provenance
    if body := provenance.get("body"):
        provenance = provenance | {"body": Provenance(source=body.source, rule=f"{body.rule}, {len(pages)} pages")}
    return msgspec.structs.replace(
        first,
        body="\n\n".join(page.body for page in pages),
        body_html="".join(page.body_html for page in pages),
        images=_each_once(image for page in pages for image in page.images),
        related=_related(pages, {urls.page_key(part.url) for part in parts}),
        word_count=sum(page.word_count for page in pages),
        paywalled=_paywalled(pages),
        provenance=provenance,
        warnings=(*first.warnings, *_of_later_bodies(pages), *warnings),
    )


def _paywalled(pages: list[Article]) -> bool | None:
    """Whether any page is behind a paywall; None where none says."""
    said = [page.paywalled for page in pages if page.paywalled is not None]
    return any(said) if said else None


def _of_later_bodies(pages: list[Article]) -> list[str]:
    """What is to be said of the text of later pages; their other fields are not taken."""
    return [
        warning.replace("body:", f"body: page {number}:", 1)
        for number, page in enumerate(pages[1:], start=2)
        for warning in page.warnings
        if warning.startswith("body:")
    ]


def _each_once(images: Iterable[Image]) -> tuple[Image, ...]:
    found: dict[str, Image] = {}
    for image in images:
        found.setdefault(image.url, image)
    return tuple(found.values())


def _related(pages: list[Article], own: set[str]) -> tuple[Related, ...]:
    """The links of all pages, each once, but for those from page to page."""
    own = own | {urls.page_key(page.url) for page in pages}
    found: dict[tuple[str, str], Related] = {}
    for link in (link for page in pages for link in page.related):
        if urls.page_key(link.url) not in own:
            found.setdefault((link.url, link.kind), link)
    return tuple(found.values())
