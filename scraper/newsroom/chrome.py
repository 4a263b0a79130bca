"""What stands around the text of every page: head, menus, ticker, rails and footer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from . import headline
from .archive import Story
from .dates import printed, utc
from .lexicon import Lexicon, mix

PLACEHOLDER = "/static/placeholder.gif"
RAIL = 4  # stories in each rail


@dataclass(frozen=True, slots=True)
class Setting:
    """What a page needs to know of the site around it."""

    lexicon: Lexicon
    base: str
    design: int  # 1 or 2
    pad: int  # bytes of inert markup
    latest: Sequence[Story]  # public stories in the page's language, newest first


def page(setting: Setting, title: str, head: str, main: str) -> bytes:
    """Return a whole HTML page around its main part; `head` is ready markup."""
    lexicon, labels = setting.lexicon, setting.lexicon.labels
    inert_head, inert_body = _inert(setting.pad) if setting.pad else ("", "")
    body = (
        f"{_header(lexicon.language, setting.design)}{_ticker(setting)}"
        f"{main}{_footer(lexicon.language, setting.design)}{inert_body}"
    )
    text = (
        f'<!DOCTYPE html>\n<html lang="{lexicon.language}" dir="{lexicon.direction}">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{escape(title)} | {labels["name"]}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="alternate" type="application/rss+xml" title="{labels["name"]}"'
        f' href="{lexicon.prefix}/feed.xml">\n{head}'
        f"<style>.most-read li{{display:inline}}</style>\n"
        f'<script>window.dataLayer=window.dataLayer||[];var _q="<p>not a paragraph</p>";</script>\n'
        f'{inert_head}</head>\n<body class="site design-{setting.design}">\n{body}</body>\n</html>\n'
    )
    return text.encode()


def rails(setting: Setting, but: Story | None = None) -> str:
    """Return the Most Read, Coverage and Read Next rails, without the page's own story."""
    labels = setting.lexicon.labels
    stories = [story for story in setting.latest if but is None or story.id != but.id]
    most = "".join(_rail_item(story, setting, True) for story in stories[:RAIL])
    following = "".join(_rail_item(story, setting, False) for story in stories[RAIL : 2 * RAIL])
    if setting.design == 1:
        return (
            f'<aside class="most-read"><h3>{labels["most_read"]}</h3>\n{most}</aside>\n'
            f'<aside class="coverage"><h3>{labels["coverage"]}</h3>'
            f'<ul><li><a href="#">{labels["all"]}</a></li><li><a href="#">{labels["five"]}</a></li>'
            "</ul></aside>\n"
            f'<aside class="read-next"><h3>{labels["read_next"]}</h3><a href="#">{labels["all"]}</a>\n'
            f"{following}</aside>\n"
        )
    return (
        f'<div class="c-rail"><h2>{labels["most_read"]}</h2>\n{most}</div>\n'
        f'<div class="c-rail"><h2>{labels["coverage"]}</h2><p><a href="#">{labels["five"]}</a></p></div>\n'
        f'<div class="c-rail"><h2>{labels["read_next"]}</h2>\n{following}</div>\n'
    )


def _rail_item(story: Story, setting: Setting, dated: bool) -> str:
    lexicon = setting.lexicon
    title, section = escape(story.title), escape(lexicon.sections[story.section])
    date = printed(story.published, lexicon, clock=False)
    picture = f'<img src="{PLACEHOLDER}" data-src="/media/rail/{story.id}.png" alt="{title}" loading="lazy">'
    if setting.design == 1:
        when = f"<li>{date}</li>" if dated else ""
        return (
            f'<div class="rail-item"><figure>{picture}</figure><h4><a href="{story.path}">{title}</a></h4>'
            f"<ul><li>{section}</li>{when}</ul></div>\n"
        )
    when = f'<time datetime="{utc(story.published)}">{date}</time>' if dated else ""
    return (
        f'<section class="c-rail__item"><a href="{story.path}">{picture}<p>{title}</p></a>'
        f"<span>{section}</span>{when}</section>\n"
    )


def _ticker(setting: Setting) -> str:
    labels, design = setting.lexicon.labels, setting.design
    box, item, tag = ("ticker", "ticker__item", "div") if design == 1 else ("flash", "flash__line", "p")
    lines = "".join(f'<{tag} class="{item}">{escape(_flash(story))}</{tag}>' for story in setting.latest[:6])
    return f'<div class="{box}"><span>{labels["breaking"]}</span>{lines}</div>\n'


def _flash(story: Story) -> str:
    place, _, rest = story.title.partition(" ")
    return f"{place} {rest.partition(' ')[0]}: {story.title}."


@lru_cache(maxsize=16)
def _header(language: str, design: int) -> str:
    lexicon = headline.LEXICONS[language]
    labels = lexicon.labels
    menu = _menu(lexicon)
    home = f'<a href="{lexicon.prefix}/">{labels["name"]}</a>'
    others = "".join(
        f'<li><a href="{other.prefix}/" hreflang="{other.language}">{other.language.title()}</a></li>'
        for other in headline.LEXICONS.values()
        if other is not lexicon
    )
    if design == 1:
        return (
            f'<header class="site-header"><p class="logo">{home}</p>'
            f'<ul class="tongues">{others}<li>x</li></ul><p class="slogan">{labels["slogan"]}</p>\n'
            f'<nav class="desktop-menu">{menu}</nav>\n<nav class="mobile-menu">{menu}</nav></header>\n'
        )
    return (
        f'<div class="c-top"><div class="c-top__brand">{home}<span>{labels["slogan"]}</span></div>\n'
        f'<div class="c-nav c-nav--wide">{menu}</div>\n<div class="c-nav c-nav--slim">{menu}</div>'
        f"<ul>{others}</ul></div>\n"
    )


def _menu(lexicon: Lexicon) -> str:
    labels = lexicon.labels
    sections = "".join(
        f'<li><a href="{lexicon.prefix}/news/{key}">{escape(name)}</a></li>' for key, name in lexicon.sections.items()
    )
    return (
        f'<ul><li><a href="{lexicon.prefix}/">{labels["news"]}</a><ul>{sections}</ul></li>'
        f'<li><a href="{lexicon.prefix}/videos">{labels["videos"]}</a></li>'
        f'<li><a href="#">{labels["pictures"]}</a></li><li><a href="#">{labels["live"]}</a></li></ul>'
    )


@lru_cache(maxsize=16)
def _footer(language: str, design: int) -> str:
    labels = headline.LEXICONS[language].labels
    tag, name = ("footer", "site-footer") if design == 1 else ("div", "c-base")
    return (
        f'<{tag} class="{name}"><p>{labels["name"]}: {labels["slogan"]}.</p><p>{labels["rights"]}</p>'
        f'<ul><li>x</li><li><a href="/privacy">{labels["privacy"]}</a></li>'
        f'<li><a href="/about">{labels["about"]}</a></li>'
        f'<li><a href="/contact">{labels["contact"]}</a></li></ul>'
        f"<p>Android</p><p>iOS</p></{tag}>\n"
    )


@lru_cache(maxsize=4)
def _inert(size: int) -> tuple[str, str]:
    """Return about `size` bytes of markup that says nothing: two thirds for the head, the rest a menu."""
    rules, calls, entries = [], [], []
    for turn in range(size // 180):
        key = f"{mix(turn, 9):016x}"
        rules.append(f".u-{key[:8]}{{margin:{turn % 32}px;color:#{key[8:14]}}}")
        calls.append(f'w.push({{"k":"{key}","slot":{turn % 9}}});')
        entries.append(f'<li class="x-{key[:6]}"><a href="#{key[6:10]}" tabindex="-1"><i></i></a></li>')
    head = f"<style>{''.join(rules)}</style>\n<script>var w=[];{''.join(calls)}</script>\n"
    body = f'<nav class="overlay" hidden><ul>{"".join(entries)}</ul></nav>\n'
    filler = max(0, size - len(head) - len(body) - len("<!---->\n"))
    return head, f"{body}<!--{'.' * filler}-->\n"
