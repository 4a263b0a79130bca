"""The story's text: which blocks of the page are it, and which of its links lead on."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from selectolax.lexbor import LexborNode

from scraper import urls
from scraper.extract import (
    blocks,
    chrome,
    column,
    embedded,
    generic,
    images,
    live,
    mending,
    onward,
    paragraphs,
    pictures,
    prune,
    rules,
    structured,
)
from scraper.extract.blocks import Block
from scraper.extract.document import Document, key, node_text, outermost
from scraper.records import Article, Image, Provenance, Related
from scraper.sites import Layout


class Body(msgspec.Struct, frozen=True):
    """The text of a story with its links and images, and which rule found it."""

    text: str = ""
    html: str = ""
    related: tuple[Related, ...] = ()
    images: tuple[Image, ...] = ()
    provenance: Provenance | None = None


def by_rules(document: Document, layout: Layout, times: dict[str, str]) -> Body | None:
    """The body that a layout's rules find, None where they find none.  Changes the tree.

    ``times`` are those of a live blog's posts, see :mod:`scraper.extract.live`.
    """
    found = next(
        ((rule, nodes) for rule in layout["body"] if (nodes := outermost(rules.body_nodes(document, rule)))), None
    )
    if found is None:
        return None
    rule, roots = found
    related = [link for each in layout["related"] for link in _related(document, rules.nodes(document, each))]
    figures = next((nodes for each in layout["images"] if (nodes := rules.nodes(document, each))), None)
    shown = images.read_images(document, figures if figures is not None else _figures(roots))
    tests = rules.drop(document, layout)
    kept = [
        block for block in blocks.read_blocks(roots, without_labels=True) if not any(test(block.text) for test in tests)
    ]
    return _finished(document, live.timed(kept, times), related, shown, Provenance(source="site", rule=str(rule)))


def without_rules(document: Document, draft: Article, times: dict[str, str]) -> Body | None:
    """The body of a page without rules: its column of prose, else what trafilatura finds.  None where there is none.

    ``draft`` has the fields read so far, for the body does not repeat them; ``times`` are those of a live blog's posts.
    """
    shown = pictures.of_the_story(document)
    captions = {key(node_text(node)) for node in outermost(document.tree.css("figcaption"))}
    paragraphs.part(document.tree)
    beside = chrome.clear(document)
    provenance = Provenance(source="page", rule="column")
    found = column.read(document)
    if found is None:
        provenance = Provenance(source="trafilatura", rule="bare_extraction")
        found = generic.read_body(document)
    if embedded.is_thin(found) and (data := embedded.read(document, [*prune.titles_of(document, draft)])):
        found, provenance = data[1], Provenance(source="embedded", rule=data[0])
    if not found and draft.published is not None:
        found, provenance = column.at_last(document), Provenance(source="page", rule="column")
    if not found:
        return None
    told = next((each.value[0] for each in structured.json_ld_candidates(document, "body")), None)
    if told:
        found = mending.confirmed(found, told)
    kept, pointers = prune.pruned(found, document, draft, captions)
    related = [
        link for links in (*(block.links for block in pointers), beside) for link in _links(document, links, "related")
    ]
    return _finished(document, live.timed(kept, times), related, shown, provenance)


def _finished(
    document: Document, found: list[Block], related: list[Related], shown: tuple[Image, ...], provenance: Provenance
) -> Body:
    """Split the lines that lead on from the text, and gather the links inside it."""
    kept: list[Block] = []
    for block in found:
        pointer = onward.links(block, guessed=provenance.source != "site" and _stays_here(document, block))
        if not pointer:
            kept.append(block)
        related += _links(document, pointer or block.links, "read_more" if pointer else "inline")
    unique = {(link.kind, link.url): link for link in reversed(related)}
    return Body(
        text=blocks.body_text(kept),
        html=blocks.body_html(kept, document.base),
        related=tuple(link for link in dict.fromkeys(related) if unique.get((link.kind, link.url)) is link),
        images=shown,
        provenance=provenance,
    )


def _stays_here(document: Document, block: Block) -> bool:
    """Whether the links of a block lead to the page's own site."""
    own = urls.site_host(urls.host_of(document.url))
    found = [document.link(href) for href, _ in block.links]
    return all(url is not None and urls.site_host(urls.host_of(url)) == own for url in found)


def _related(document: Document, nodes: Iterable[LexborNode]) -> list[Related]:
    anchors = [anchor for node in nodes for anchor in ([node] if node.tag == "a" else node.css("a[href]"))]
    return _links(document, [(anchor.attributes.get("href") or "", node_text(anchor)) for anchor in anchors], "related")


def _links(document: Document, found: Iterable[tuple[str, str]], kind: str) -> list[Related]:
    """Absolute links to other pages; in a block of several links to one story, the one with words."""
    links: list[Related] = []
    for href, text in found:
        url = None if href.startswith("#") else document.link(href)
        if url and urls.page_key(url) != urls.page_key(document.url) and text:
            links.append(Related(url=url, text=text, kind=kind))  # type: ignore[arg-type]
    return links


def _figures(roots: list[LexborNode]) -> list[LexborNode]:
    return [figure for root in roots for figure in root.css("figure")]
