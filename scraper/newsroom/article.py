"""The page of one story, in either design, and what a perfect reader takes from it."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from .archive import Story
from .chrome import PLACEHOLDER, Setting, page, rails
from .dates import naive, printed, utc, with_offset
from .prose import Block, Content, Line, Picture, text_of


def render(setting: Setting, story: Story, content: Content) -> bytes:
    """Return the story's page."""
    main = (_first_design if setting.design == 1 else _second_design)(setting, story, content)
    return page(setting, story.title, _head(setting, story, content), main)


def truth(base: str, story: Story, content: Content) -> dict[str, Any]:
    """Return what a perfect scraper reads from the story's page."""
    body: list[str] = []
    links: list[dict[str, str]] = []
    for block in content.blocks:
        kind = block.kind if block.kind in ("related", "read_more") else "inline"
        for line in block.lines:
            links += [{"url": base + run.path, "text": run.text, "kind": kind} for run in line if run.tag == "a"]
            if kind == "inline":
                body.append(text_of(line))
    picture = content.picture
    return {
        "url": base + story.path,
        "kind": story.kind,
        "title": story.title,
        "summary": content.summary,
        "authors": list(content.authors),
        "source": content.source,
        "published": utc(story.published),
        "section": story.lexicon.sections[story.section],
        "tags": list(dict.fromkeys(content.tags)),
        "language": story.language,
        "body": "\n\n".join(body),
        "related": links,
        "image": None if picture is None else {
            "url": base + picture.path,
            "alt": picture.alt,
            "caption": picture.caption,
            "credit": picture.credit,
        },
    }  # fmt: skip


def _script(kind: str, data: dict[str, Any], name: str = "") -> str:
    # A "</" inside the data would end the script element early.
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    return f'<script{name} type="{kind}">{text}</script>\n'


def _head(setting: Setting, story: Story, content: Content) -> str:
    url = setting.base + story.path
    tags = list(dict.fromkeys(content.tags))
    section = story.lexicon.sections[story.section]
    image = setting.base + (content.picture.path if content.picture else "/static/logo.png")
    video = story.kind == "video"
    properties = {
        "og:type": "video.other" if video else "article",
        "og:title": story.title,
        "og:description": content.summary,
        "og:url": url,
        "og:image": image,
        "og:site_name": story.lexicon.labels["name"],
        "article:published_time": naive(story.published),
        "article:section": section,
    }
    metas = "".join(f'<meta property="{key}" content="{escape(value)}">\n' for key, value in properties.items())
    metadata = {
        "id": story.id,
        "type": story.kind,
        "title": story.title,
        "published_time": with_offset(story.published),
        "last_updated": with_offset(story.changed),
        "section": section,
        "keywords": ",".join(tags),
        "author": ", ".join(content.authors),
        "lang": story.language,
    }
    return (
        f'<meta name="description" content="{escape(content.summary)}">\n'
        f'<meta name="keywords" content="{escape(",".join(tags))}">\n{metas}'
        f'<link rel="canonical" href="{url}">\n'
        + _script("application/json", metadata, ' id="story-metadata"')
        + _script("application/ld+json", _linked_data(url, image, section, story, content))
    )


def _linked_data(url: str, image: str, section: str, story: Story, content: Content) -> dict[str, Any]:
    data: dict[str, Any] = {"@context": "https://schema.org", "url": url, "inLanguage": story.language}
    if story.kind == "video":
        return data | {
            "@type": "VideoObject",
            "name": story.title,
            "description": content.summary,
            "thumbnailUrl": image,
            "uploadDate": utc(story.published),
            "duration": f"PT{content.minutes}M",
            "contentUrl": f"{url}/stream.mp4",
        }
    return data | {
        "@type": "NewsArticle",
        "headline": story.title,
        "description": content.summary,
        "image": [image],
        "datePublished": utc(story.published),
        "dateModified": utc(story.changed),
        "articleSection": section,
        "author": [{"@type": "Person", "name": name} for name in content.authors],
        "publisher": {"@type": "Organization", "name": story.lexicon.labels["name"]},
    }


def _inline(line: Line) -> str:
    parts = []
    for run in line:
        text = escape(run.text, quote=False)
        if run.tag == "a":
            text = f'<a href="{run.path}">{text}</a>'
        elif run.tag:
            text = f"<{run.tag}>{text}</{run.tag}>"
        parts.append(text)
    return "".join(parts)


def _block(block: Block, story: Story, design: int) -> str:
    labels = story.lexicon.labels
    inner = [_inline(line) for line in block.lines]
    if block.kind == "ul":
        return "<ul>" + "".join(f"<li>{text}</li>" for text in inner) + "</ul>"
    if block.kind == "quote":
        return f"<blockquote><p>{inner[0]}</p></blockquote>"
    if block.kind == "read_more":
        return f"<p>{labels['read_more']}: {inner[0]}</p>"
    if block.kind == "related":
        # Known by its heading alone: the classes are those of any row on the site.
        if design == 1:
            cells = "".join(f'<div class="col-6">{text}</div>' for text in inner)
            return f'<div class="row"><h3>{labels["related"]}</h3>{cells}</div>'
        items = "".join(f"<li>{text}</li>" for text in inner)
        return f"<section><h4>{labels['related']}</h4><ul>{items}</ul></section>"
    return f"<{block.kind}>{inner[0]}</{block.kind}>"


def _figure(picture: Picture | None, name: str) -> str:
    if picture is None:
        return ""
    return (
        f'<div class="{name}"><ul><li><figure><img class="lazy" src="{PLACEHOLDER}" data-src="{picture.path}"'
        f' alt="{escape(picture.alt)}"><figcaption>{escape(picture.caption)}</figcaption></figure>'
        "</li></ul></div>\n"
    )


def _player(content: Content, name: str) -> str:
    return (
        f'<div class="{name}"><video preload="none" poster="/static/logo.png"></video>'
        f"<span>{content.minutes}:00</span></div>\n"
    )


def _first_design(setting: Setting, story: Story, content: Content) -> str:
    lexicon, labels = story.lexicon, story.lexicon.labels
    section = escape(lexicon.sections[story.section])
    bylines = "".join(
        f'<li class="byline">{labels["by"]} <a href="#">{escape(name)}</a></li>' for name in content.authors
    )
    body = "\n".join(_block(block, story, 1) for block in content.blocks)
    tags = "".join(f'<li><a href="#">{escape(tag)}</a></li>' for tag in content.tags)
    media = _player(content, "video-player") if story.kind == "video" else _figure(content.picture, "gallery")
    return (
        f'<main><article class="post">\n<a class="post-section" href="{lexicon.prefix}/news/{story.section}">'
        f'{section}</a>\n<h1 class="post-title">{escape(story.title, quote=False)}</h1>\n'
        f'<ul class="post-info">{bylines}<li class="source">{labels["source"]}: {escape(content.source)}</li>'
        f'<li class="post-date">{printed(story.published, lexicon)}</li></ul>\n'
        f'<span class="read-time">{labels["read"].format(content.minutes)}</span>\n'
        f'<p class="lg_para summary">{escape(content.summary, quote=False)}</p>\n'
        f'<button class="listen">{labels["listen"]}</button><ul class="share"><li>x</li></ul>\n'
        f'{media}<div class="p-content">\n{body}\n</div>\n<ul class="tags">{tags}</ul>\n</article>\n'
        f"{rails(setting, story)}</main>\n"
    )


def _second_design(setting: Setting, story: Story, content: Content) -> str:
    lexicon, labels = story.lexicon, story.lexicon.labels
    section = escape(lexicon.sections[story.section])
    bylines = "".join(f'<span class="story__author">{labels["by"]} {escape(name)}</span> ' for name in content.authors)
    chunks = [content.blocks[start : start + 3] for start in range(0, len(content.blocks), 3)]
    body = "\n".join(
        '<div class="chunk">' + "".join(_block(block, story, 2) for block in chunk) + "</div>" for chunk in chunks
    )
    tags = "".join(f'<a href="#" rel="tag">{escape(tag)}</a> ' for tag in content.tags)
    media = _player(content, "story__video") if story.kind == "video" else _figure(content.picture, "story__media")
    return (
        f'<div class="c-page"><article class="story"><div class="story__top">\n'
        f'<p class="story__kicker"><a href="{lexicon.prefix}/news/{story.section}">{section}</a></p>\n'
        f'<h2 class="story__title">{escape(story.title, quote=False)}</h2>\n'
        f'<div class="story__lead"><p>{escape(content.summary, quote=False)}</p></div>\n'
        f'<div class="story__meta">{bylines}<time datetime="{utc(story.published)}">'
        f'{printed(story.published, lexicon)}</time> <span class="story__origin">{labels["source"]}: '
        f"{escape(content.source)}</span> <span>{labels['read'].format(content.minutes)}</span></div>\n"
        f'<button>{labels["listen"]}</button><div class="story__share"><span>x</span></div></div>\n'
        f'{media}<div class="story__text">\n{body}\n</div>\n<div class="story__tags">{tags}</div>\n'
        f"{rails(setting, story)}</article></div>\n"
    )
