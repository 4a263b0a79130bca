"""A page and its site's rules into an article.  Pure: no network, no SQL, no clock but the one passed in.

* ``decode``      bytes to text, ``bounds`` what hurts the parser out of them
* ``document``    the parsed page: tree, meta elements, JSON in scripts
* ``rules``       a selector file's rules on a page
* ``structured``  JSON-LD, meta elements, microdata
* ``generic``     the visible page, trafilatura, htmldate: for pages without rules
* ``heading``     the day and the byline that are printed beside the heading, ``signature`` the names below the last sentence
* ``dates``       what is printed into UTC; ``calendars`` those of Iran, Thailand, Japan and Taiwan; ``changes`` which are of a change
* ``titles``      the title that most sources agree on, ``tags`` the page's list of topics
* ``paragraphs``  where line breaks alone part the text, ``chrome`` boxes and forms out of the tree, ``column`` the body of simple pages,
                  ``mending`` trafilatura's blocks as the page has them, ``embedded`` the story in the page's scripts
* ``fields``      who is asked first for each field, and who spoke
* ``body``        the text, its links and images; ``blocks`` does the paragraphs, ``prune`` takes
                  from a generic body what is no part of the story, ``pleas`` knows what publishers tell their
                  readers, ``onward`` the lines that lead to other stories; ``live`` gives posts their times, ``paywalls`` knows where
                  a story is cut short
* ``pictures``    which images are the story's; ``images`` what they are, and who has made them
* ``pagination``  the next page of an article in several
* ``kinds``       whether it is a story at all; ``doubts`` where the page contradicts itself
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from scraper import languages, urls
from scraper.extract import authors, kinds, live, pagination, paywalls, tags
from scraper.extract import body as bodies
from scraper.extract.body import Body
from scraper.extract.bounds import bounded
from scraper.extract.decode import as_utf8
from scraper.extract.document import Document, count_words
from scraper.extract.doubts import doubts
from scraper.extract.fields import Fields, deduplicated
from scraper.extract.rules import Candidate, body_nodes, values
from scraper.records import LAYOUT_WARNING, Article, Kind, utc_now
from scraper.sites import Layout, Site, Sites

__all__ = ["Candidate", "Explanation", "explain", "extract", "next_page", "read"]

#: Kinds whose text is not a story's and is never kept as a body.
_TEXTLESS = frozenset({"wall", "error", "section", "other"})


#: Letters of a language's code; what is longer is its name.
_CODE = 2


class Explanation(msgspec.Struct, frozen=True):
    """An article, and what every source said of each field (the chosen one is in its provenance)."""

    article: Article
    candidates: dict[str, list[Candidate]]


def extract(
    html: str | bytes,
    url: str,
    *,
    site: Site | None = None,
    content_type: str | None = None,
    fetched_at: datetime | None = None,
) -> Article:
    """Read one page.

    ``html`` is text, or bytes as fetched, with their ``content_type`` header if there was one.
    ``site`` holds the rules; by default the shipped selector file for the URL's host, if any.
    ``fetched_at`` is when the page was seen (default: now); later dates are refused.
    """
    return _read(*_parsed(html, url, content_type), site, fetched_at).article


def explain(
    html: str | bytes,
    url: str,
    *,
    site: Site | None = None,
    content_type: str | None = None,
    fetched_at: datetime | None = None,
) -> Explanation:
    """:func:`extract`, with the candidates of all sources; takes longer, for all are asked."""
    return _read(*_parsed(html, url, content_type), site, fetched_at, everything=True)


def read(
    html: bytes, url: str, *, site: Site, content_type: str | None = None, fetched_at: datetime | None = None
) -> tuple[Article, str | None]:
    """:func:`extract` and :func:`next_page` in one, of a page that is parsed once."""
    document, left_out = _parsed(html, url, content_type)
    following = pagination.next_page(document)  # before the body is read, which cuts such links out
    return _read(document, left_out, site, fetched_at).article, following


def next_page(html: str | bytes, url: str, *, content_type: str | None = None) -> str | None:
    """The URL of the next page of an article that its site parts into several; None where there is none.

    Pure, as :func:`extract` is, and of the same page: ``/story?page=2`` after ``/story``, ``/story/3`` after
    ``/story/2``; never another article, whatever the page's ``rel=next`` says.
    """
    return pagination.next_page(_parsed(html, url, content_type)[0])


def _parsed(html: str | bytes, url: str, content_type: str | None) -> tuple[Document, list[str]]:
    """The page, and what had to be left out of it, as warnings."""
    source = html.encode("utf-8", "ignore") if isinstance(html, str) else as_utf8(html, content_type)
    source, left_out = bounded(source)
    return Document(source, url), left_out


def _read(
    document: Document,
    left_out: list[str],
    site: Site | None,
    fetched_at: datetime | None,
    *,
    everything: bool = False,
) -> Explanation:
    site = site or _shipped().match(document.url)
    fields = _choose_layout(document, site, fetched_at or utc_now(), everything=everything)
    fields.warnings += left_out
    return Explanation(_compose(document, site, fields), fields.candidates)


def _choose_layout(document: Document, site: Site, latest: datetime, *, everything: bool) -> Fields:
    """The fields by the site's first layout that fits: its body is on the page, or the site's own
    word for the page's kind (videos have no body), and its time covers the page's date."""
    for layout in site.layouts:
        if not (any(body_nodes(document, rule) for rule in layout["body"]) or _kind_words(document, layout)):
            continue
        fields = Fields(document, site, layout, latest, everything=everything)
        published = fields.moment("published") if layout.until else None
        if layout.until is None or published is None or published[0].date() <= layout.until:
            return fields
    return Fields(document, site, None, latest, everything=everything)


def _kind_words(document: Document, layout: Layout) -> list[str]:
    """The site's own words for what the page is."""
    return [value for rule in layout["kind"] for value in values(document, rule)]


def _compose(document: Document, site: Site, fields: Fields) -> Article:
    """All fields first, the body last: reading it cuts the chrome out of the tree."""
    published, modified = fields.moment("published"), fields.moment("modified")
    draft = Article(
        url=document.url,
        site=site.key,
        kind="other",
        canonical_url=_canonical(document, site) or pagination.first_page(document),
        publisher_id=fields.text("publisher_id"),
        title=fields.text("title"),
        summary=fields.text("summary"),
        authors=_authors(document, fields),
        source=fields.text("source"),
        published=published[0] if published else None,
        published_raw=published[1] if published else None,
        published_zone=published[2] if published else None,
        modified=modified[0] if modified else None,
        section=fields.text("section"),
        tags=fields.first("tags", lambda found: _tags(document, found)) or (),
        language=_language(fields),
        paywalled=fields.first("paywalled", lambda found: found.value[0] != "false"),
    )
    own_words = _kind_words(document, fields.layout) if fields.layout else []
    said = next((kind for word in own_words if (kind := kinds.by_word(word))), None)
    body = _read_body(document, site, fields, said, draft)
    words = count_words(body.text)
    kind = kinds.classify(
        document, body.text, said=said, title=draft.title, words=words, dated=_is_dated(fields),
        by_rules=body.provenance is not None and body.provenance.source == "site",
    )  # fmt: skip
    if kind in _TEXTLESS:
        body, words = Body(), 0
    elif body.provenance is not None:
        fields.provenance["body"] = body.provenance
    article = msgspec.structs.replace(
        draft,
        kind=kind,
        paywalled=_paywalled(draft, body, fields),
        language=_written_in(draft, body, fields),
        body=body.text,
        body_html=body.html,
        images=body.images,
        related=body.related,
        word_count=words,
        provenance=fields.provenance,
    )
    lacks = [] if kind in _TEXTLESS else [*_lacks(article), *doubts(document, article)]
    return msgspec.structs.replace(article, warnings=(*fields.warnings, *lacks))


def _is_dated(fields: Fields) -> bool:
    """Whether the page says when the story was published, or prints when it was changed."""
    modified = fields.provenance.get("modified")
    return "published" in fields.provenance or (modified is not None and modified.source == "page")


def _read_body(document: Document, site: Site, fields: Fields, said: Kind | None, draft: Article) -> Body:
    """The body by the site's rules, else by what the page looks like, else empty."""
    times = live.times(document) if said == "live" or live.is_live(document) else {}
    body = bodies.by_rules(document, fields.layout, times) if fields.layout else None
    if body is None and said in (None, "article"):
        body = bodies.without_rules(document, draft, times)
        if body is not None and site.layouts:
            fields.warnings.append(LAYOUT_WARNING)
    return body or Body()


def _canonical(document: Document, site: Site) -> str | None:
    """The page's canonical URL, where it can be one: on the site, and not every page's home."""
    told = document.canonical
    url = document.link(told if told is not None else next(iter(document.meta.get("og:url", [])), None))
    if url is None or not site.covers(url) or (urls.path_of(url) == "/" and urls.path_of(document.url) != "/"):
        return None
    return url


def _authors(document: Document, fields: Fields) -> tuple[str, ...]:
    """People, from the first source that names any; the publisher's own name only where no source does."""

    def own() -> set[str]:
        host = urls.site_host(urls.host_of(document.url))
        return {*tags.publishers(document), fields.site.name, host.partition(".")[0]}

    publisher: list[tuple[tuple[str, ...], Candidate]] = []

    def people(found: Candidate) -> tuple[str, ...] | None:
        names = authors.clean(found.value)
        chosen = names if found.source == "site" else authors.people(names, own())
        if names and not chosen:
            publisher.append((names, found))
        return chosen or None

    if (chosen := fields.first("authors", people)) or not publisher:
        return chosen or ()
    names, found = publisher[0]
    fields.note("authors", found.source, found.rule)
    return names


def _tags(document: Document, found: Candidate) -> tuple[str, ...] | None:
    """The tags of a source, None where it has none; what the site's own rule finds is taken as it is."""
    return (deduplicated(found.value) if found.source == "site" else tags.clean(found.value, document)) or None


def _language(fields: Fields) -> str | None:
    said = languages.meant(fields.text("language") or "")
    if len(said) == _CODE and said.isascii() and said.isalpha():
        return said
    fields.provenance.pop("language", None)  # a name, or nothing
    if fields.site.language:
        fields.note("language", "site", "language")
    elif fields.document.language:
        fields.note("language", "page", "lang")
    return fields.site.language or fields.document.language


def _paywalled(draft: Article, body: Body, fields: Fields) -> bool | None:
    """What the page's data says; where it says nothing, whether the page ends the text with how to read on."""
    if draft.paywalled is not None:
        return draft.paywalled
    told = paywalls.told_below(fields.document, body.text.rpartition("\n\n")[2], count_words(body.text))
    if told is None:
        return None
    fields.note("paywalled", "page", told)
    fields.warnings.append(f"body: cut short, the page says {told!r}")
    return True


def _written_in(draft: Article, body: Body, fields: Fields) -> str | None:
    """The language that the page says; that of the text where it says none, or one that can hardly be."""
    told = draft.language
    if told is not None and (told == fields.site.language or not languages.is_doubtful(told, body.text)):
        return told
    if (read := languages.of_text(f"{draft.title or ''} {body.text}")) and read != told:
        fields.note("language", "text", "py3langid")
        if told is not None:
            fields.warnings.append(f"language: the page says {told}, the text is {read}")
    return read or told


def _lacks(article: Article) -> list[str]:
    """Warnings for what a story should have and this one has not."""
    lacks = [
        ("title", article.title),
        ("published", article.published),
        ("body", article.body or article.kind != "article"),
    ]
    return [f"{field}: not found" for field, there in lacks if not there]


_SITES: Sites | None = None


def _shipped() -> Sites:
    """The shipped selector files, read once."""
    global _SITES  # noqa: PLW0603
    if _SITES is None:
        _SITES = Sites.load()
    return _SITES
