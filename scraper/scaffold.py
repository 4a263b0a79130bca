"""A first selector file for a site, from one of its article pages: what could be found, with comments."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper import urls
from scraper.extract import Explanation
from scraper.extract.document import node_text

# Class names that a build tool makes anew with each release say nothing about the next one.
_HASHED = re.compile(r"^(?:css|sc|jsx|_)-?\w*\d|\d{3,}|[A-Z].*\d.*[A-Z]|__[A-Za-z0-9]{5,}$")
_USUAL = {
    "title": ["h1"],
    "authors": ['[rel~="author"]', ".byline a", ".byline", ".author", '[class*="byline"]', '[class*="author"] a'],
    "date": ["article time[datetime]", "time[datetime]"],
    "summary": [".standfirst", ".summary", ".lead", ".article-summary", '[class*="standfirst"]', "article h2"],
    "tags": ['[rel~="tag"]', ".tags a", ".article-tags a", '[class*="tags"] a', ".topics a"],
    "images": ["article figure", "main figure", "figure"],
}


def scaffold(body: bytes, url: str, found: Explanation, sitemaps: Iterable[str] = (), feeds: Iterable[str] = ()) -> str:
    """The text of a selector file that reads this page, to be finished by a person.

    ``found`` is the page read without rules; ``sitemaps`` are those of robots.txt.
    """
    tree = LexborHTMLParser(body)
    article = found.article
    name = _meta(tree, "og:site_name") or urls.site_host(urls.host_of(url))
    lines = [
        f"# {name}.  Written from {url}; check every line marked with a question mark.",
        "# docs/adding-a-site.md explains the format.",
        "",
        f"name     = {_text(name)}",
        *([f"language = {_text(article.language)}"] if article.language else []),
        'timezone = "UTC"                  # ? of printed dates that carry no zone',
        f"hosts    = [{_text(urls.host_of(url))}]",
        "",
        "[discover]",
        f"sitemaps = {_list(_path(each, url) for each in sitemaps)}",
        f"feeds    = {_list(_path(each, url) for each in feeds)}",
        f"sections = {_list([_section_of(url)])}   # ? pages that list articles",
        f"# articles = [{_pattern(url)}]   # ? paths that are articles; all others are refused then",
        "skip     = []",
        "",
        "[pace]",
        "delay = 2.0                       # seconds between requests",
        "",
        "[[layout]]",
        *_field(tree, "title", article.title),
        *_field(tree, "date", article.published_raw),
        *_field(tree, "authors", article.authors[0] if article.authors else None),
        *_field(tree, "summary", article.summary),
        *_field(tree, "tags", article.tags[0] if article.tags else None),
        *_field(tree, "images", None),
        _body(tree, article.body),
        'drop     = []                     # ? chrome inside the body: "css", or { heading = "Related" }',
        '# related = { heading = "Related", css = "a" }   # ? a block that is known only by its heading',
        "",
    ]
    return "\n".join(lines)


def _meta(tree: LexborHTMLParser, name: str) -> str | None:
    element = tree.css_first(f'meta[property="{name}"]')
    return (element.attributes.get("content") or "").strip() or None if element else None


def _text(text: str) -> str:
    """A TOML basic string: JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(_text, texts)) + "]"


def _path(link: str, url: str) -> str:
    """A URL of the same origin as a path."""
    return link.removeprefix(urls.origin_of(url))


def _section_of(url: str) -> str:
    """The path above the page's, without the parts of a date."""
    path = urls.path_of(url).rstrip("/").rpartition("/")[0]
    return re.sub(r"(?:/\d{1,4}){2,}$", "", path) or "/"


def _pattern(url: str) -> str:
    """A regular expression for paths like this one: the first word stays, the rest become patterns."""
    parts = urls.path_of(url).strip("/").split("/")
    first = [re.escape(parts[0])] if len(parts) > 1 and not parts[0].isdigit() else []
    rest = [r"\d+" if part.isdigit() else "[^/]+" for part in parts[len(first) :]]
    return "'^/" + "/".join([*first, *rest]) + "/?$'"


def _field(tree: LexborHTMLParser, key: str, value: str | None) -> list[str]:
    """The selectors that find something; commented out if it is not what structured data says."""
    hits = [selector for selector in _USUAL[key] if tree.css_first(selector) is not None]
    if not hits:
        return [f'# {key} = ""   # ? nothing usual found; structured data serves without a rule']
    best = next((selector for selector in hits if value and _says(tree, selector, value)), None)
    rule = _text(best or hits[0])
    if key == "date":
        rule = f'{{ css = {rule}, attr = "datetime" }}'
    comment = "" if best or key == "images" else "# "
    note = "" if best else "   # ? there, but unlike what structured data says" if value else "   # ?"
    return [f"{comment}{key} = {rule}{note}"]


def _says(tree: LexborHTMLParser, selector: str, value: str) -> bool:
    wanted = " ".join(value.split()).casefold()
    return any(
        wanted in (node_text(node).casefold(), (node.attributes.get("datetime") or "").casefold())
        for node in tree.css(selector)[:5]
    )


def _body(tree: LexborHTMLParser, body: str) -> str:
    """The container that holds most of the paragraphs found without rules."""
    wanted = {" ".join(paragraph.split()) for paragraph in body.split("\n\n") if len(paragraph) > 40}
    parents: Counter[int] = Counter()
    nodes: dict[int, LexborNode] = {}
    for node in tree.css("p, div, li, blockquote"):
        if node.parent is not None and node_text(node) in wanted:
            parents[node.parent.mem_id] += 1
            nodes[node.parent.mem_id] = node.parent
    for number, _ in parents.most_common(3):
        selector = _selector(nodes[number])
        if _holds_little_else(tree, selector, body):
            several = len(tree.css(selector)) > 1
            return f"body     = {_text(selector)}" + (
                "   # ? there are several of these on the page" if several else ""
            )
    return '# body = "article"   # ? no container found; without a rule trafilatura looks for the text'


def _holds_little_else(tree: LexborHTMLParser, selector: str, body: str) -> bool:
    """Whether what a selector finds is the story: most of its words, and not many more."""
    found = Counter(word for node in tree.css(selector) for word in node_text(node).split())
    wanted = Counter(body.split())
    shared = (found & wanted).total()
    return shared >= 0.6 * wanted.total() and shared >= 0.5 * found.total()


def _selector(node: LexborNode) -> str:
    """A short selector for an element: id, else its telling classes, else its place below one that has some."""
    here, below = node, ""
    for _ in range(4):
        attributes = here.attributes
        own = (attributes.get("id") or "").strip()
        if re.fullmatch(r"[A-Za-z][\w-]*", own) and not re.search(r"\d{3,}", own):
            return f"#{own}{below}"
        classes = [each for each in (attributes.get("class") or "").split() if _is_telling(each)]
        if classes:
            return f"{here.tag}.{'.'.join(classes[:2])}{below}"
        if here.tag in ("article", "main", "body") or here.parent is None:
            return f"{here.tag}{below}"
        below = f" > {here.tag}{below}"
        here = here.parent
    return f"{here.tag}{below}"


def _is_telling(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z][\w-]*", name)) and not _HASHED.search(name)
