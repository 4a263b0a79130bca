"""URLs: one page has one key, and nothing that a server could tell apart is lost."""

from __future__ import annotations

import time
from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scraper import urls

# Pieces that URLs are made of, odd ones among them, and then any text at all.
_PIECES = st.sampled_from(
    [
        "http://", "https://", "HTTP://", "//", "news.example", "www.", "amp.", "WWW.News.Example", "müller.example", ":80",
        ":443", ":8080", ":x", "/", "/a", "/amp", "/story", ".amp", ".html", "?", "&", "utm_source=x", "amp=1", "id=7", "a=%2F",
        "%2f", "%", "%zz", "#top", " ", "\t", "\n", "é", "ب", "[", "]", "::1", "@", "user:pass@", "..", ".", ";", "\\", "'", "=",
        "outputType=amp", "\x00", "\u2028", "\ufeff",
    ]
)  # fmt: skip
MADE_UP = st.lists(_PIECES, max_size=9).map("".join)
ANYTHING = MADE_UP | st.text() | st.text().map(lambda text: "http://news.example/" + text)


@given(ANYTHING)
def test_normalise_is_idempotent_and_never_raises(text: str) -> None:
    once = urls.normalise(text)
    if once is not None:
        assert urls.normalise(once) == once
        assert once.isascii()


@given(ANYTHING)
def test_what_was_advertised_keeps_its_page_key_and_its_normal_form(text: str) -> None:
    advertised = urls.normalise(text, keep_tracking=True)
    if advertised is not None:
        assert urls.normalise(advertised, keep_tracking=True) == advertised
        assert urls.normalise(advertised) == urls.normalise(text)
        assert urls.page_key(advertised) == urls.page_key(urls.normalise(text) or "")


@given(ANYTHING)
def test_page_key_is_idempotent_whatever_scheme_one_puts_before_it(text: str) -> None:
    url = urls.normalise(text)
    if url is not None:
        key = urls.page_key(url)
        assert urls.page_key(f"http://{key}") == key or urls.page_key(f"https://{key}") == key


@given(ANYTHING, st.sampled_from(["http://news.example/a/b", "https://news.example", "http://[::1]:80/x?y"]))
def test_any_text_on_a_page_can_be_taken_for_a_link(text: str, base: str) -> None:
    found = urls.normalise(text, base)
    assert found is None or found.startswith(("http://", "https://"))


_BASES = [
    "https://News.example:443/a/b?c",
    "http://127.0.0.1:8080",
    "https://me:pw@müller.example./x/",
    "ftp://a.example/",
    "x",
]


@given(
    st.lists(st.sampled_from(["/", "/a", "b-c", ".", "..", "~_1"]), max_size=6).map("".join), st.sampled_from(_BASES)
)
def test_a_path_leads_where_the_standard_library_takes_it(path: str, base: str) -> None:
    assert urls.normalise("/" + path, base) == urls.normalise(urljoin(base, "/" + path))


@given(ANYTHING)
@example("http://[")
@example("http://[news]/story")
@example("http://news.example:port/")
def test_page_key_never_raises(text: str) -> None:
    assert isinstance(urls.page_key(text), str)


@given(ANYTHING)
def test_hosts_paths_and_origins_never_raise(text: str) -> None:
    assert isinstance(urls.host_of(text), str)
    if url := urls.normalise(text):
        assert urls.path_of(url).startswith("/")
        assert url.startswith(urls.origin_of(url) + "/")


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "#", "about", "/relative", "mailto:a@b.example", "javascript:alert(1)", "data:text/html,x", "ftp://h/x",
        "file:///etc/passwd", "http://", "http:///path", "https://:80/", "http://[::1", "http://[x]/", "http://h:port/",
        "http://h:99999/", "http://a b/", "http://<x>/", "http://" + "a" * 70 + "é.example/", "http://\u2100.example/", "//",
        "tel:+49",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_none(text: str) -> None:
    assert urls.normalise(text) is None


@pytest.mark.parametrize(
    "text", ["http://news.example/\ud83d", "http://news.example/?q=\udcff", "http://n\ud800.example/"]
)
def test_half_a_surrogate_pair_is_no_exception(text: str) -> None:
    """JSON has them where a publisher cuts a text in the middle of an emoji."""
    assert urls.normalise(text) is None or urls.normalise(text).isascii()  # type: ignore[union-attr]


SAME = "https://news.example/world/story?id=7"


def test_a_path_full_of_amp_is_cut_at_once() -> None:
    started = time.process_time()
    assert urls.page_key("https://news.example/a" + "/amp" * 100_000 + "/x").endswith("/amp/x")
    assert urls.page_key("https://news.example/a" + "/amp" * 100_000) == "news.example/a"
    assert time.process_time() - started < 5  # it took minutes


@pytest.mark.parametrize(
    "spelling",
    [
        "http://news.example/world/story?id=7",
        "https://www.news.example/world/story?id=7",
        "HTTPS://WWW.NEWS.EXAMPLE/world/story?id=7",
        "https://news.example:443/world/story?id=7",
        "http://news.example:80/world/story?id=7",
        "https://news.example./world/story?id=7",
        "https://user:secret@news.example/world/story?id=7",
        "https://news.example/world/story?id=7#comments",
        "  https://news.example/world/story?id=7\n",
        "https://news.example/world/story?utm_source=x&id=7&UTM_MEDIUM=y",
        "https://news.example/world/story?id=7&fbclid=abc&gclid=&mc_cid=1",
        "https://news.example/world/story?&id=7&",
        "https://amp.news.example/world/story?id=7",
        "https://news.example/world/story/amp?id=7",
        "https://news.example/world/story.amp?id=7",
        "https://news.example/world/story?id=7&amp=1",
        "https://news.example/world/story?outputType=amp&id=7",
        "https://www.news.example/world/story/amp/amp?amp&id=7&utm_x=1#a",
        "https://www.amp.www.news.example/world/story?id=7",
    ],
)
def test_spellings_of_one_page_collapse(spelling: str) -> None:
    assert urls.page_key(spelling) == urls.page_key(SAME) == "news.example/world/story?id=7"


@pytest.mark.parametrize("spelling", ["/world/story/amp/", "/world/story/amp/amp/", "/world/story/?amp=1"])
def test_an_amp_page_below_a_slash_is_the_page_with_the_slash(spelling: str) -> None:
    assert urls.page_key(f"https://news.example{spelling}") == "news.example/world/story/"
    assert urls.page_key(urls.without_amp(f"https://news.example{spelling}")) == "news.example/world/story/"


@pytest.mark.parametrize(("host", "sent"), [("straße.de", "xn--strae-oqa.de"), ("FAß.example", "xn--fa-hia.example")])
def test_a_host_is_named_as_it_is_sent(host: str, sent: str) -> None:
    assert urls.normalise(f"https://{host}/a") == f"https://{sent}/a"


@pytest.mark.parametrize(
    "other",
    [
        "https://news.example/world/story?id=8",
        "https://news.example/world/story/?id=7",
        "https://news.example/world/Story?id=7",
        "https://news.example/world%2Fstory?id=7",
        "https://news.example:8443/world/story?id=7",
        "https://sport.news.example/world/story?id=7",
        "https://news.example/world/story?id=7&page=2",
        "https://news.example/world/story?ID=7",
        "https://news.example/world/story?id=7&ref=home",
        "https://news.example/world/champ?id=7",
        "https://news.example/camp/story?id=7",
    ],
)
def test_other_pages_stay_other_pages(other: str) -> None:
    assert urls.page_key(other) != urls.page_key(SAME)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("http://News.Example", "http://news.example/"),
        ("http://news.example/a/", "http://news.example/a/"),
        ("http://news.example/a", "http://news.example/a"),
        ("http://news.example/a%2Fb", "http://news.example/a%2Fb"),
        ("http://news.example/a%2fb", "http://news.example/a%2fb"),
        ("http://news.example/a b/é", "http://news.example/a%20b/%C3%A9"),
        ("http://news.example/خبر", "http://news.example/%D8%AE%D8%A8%D8%B1"),
        ("http://news.example/?q=a+b&r=%20&s=a|b[1]", "http://news.example/?q=a+b&r=%20&s=a|b[1]"),
        ("http://news.example/?b=2&a=1&b=3", "http://news.example/?b=2&a=1&b=3"),
        ("http://news.example/?utm_source=x", "http://news.example/"),
        ("http://news.example/?a=1&utm_source=x&b=2", "http://news.example/?a=1&b=2"),
        ("http://news.example/page?&utm_medium=x", "http://news.example/page"),
        ("http://news.example/?a=x%2Fy%26z&utm_source=x", "http://news.example/?a=x%2Fy%26z"),
        (
            "http://news.example/?a=x/y&b=http://other.example/?c",
            "http://news.example/?a=x/y&b=http://other.example/?c",
        ),
        ("http://news.example/?a=%C3%A9&b=%e9&c=%zz", "http://news.example/?a=%C3%A9&b=%e9&c=%zz"),
        ("http://news.example/a;v=1,2/(x)!", "http://news.example/a;v=1,2/(x)!"),
        ("http://müller.example/", "http://xn--mller-kva.example/"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("http://u:p@news.example:8080/x#y", "http://news.example:8080/x"),
        ("https://news.example:80/", "https://news.example:80/"),
        ("http://news.example/a/../b/./c", "http://news.example/b/c"),
        ("http://news.example/a/%2e%2E/b/..", "http://news.example/"),
        ("http://news.example/a/b/..", "http://news.example/a/"),
        ("http://news.example/../../a/.", "http://news.example/a/"),
        ("http://news.example/.well-known/a...b/...", "http://news.example/.well-known/a...b/..."),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    assert urls.normalise(written) == normal


@given(
    st.lists(
        st.sampled_from(["http://", "https://", "news", ".", "example", "www.", "amp.", "-", "/", "a", "~", "_", "/amp", ".amp", ".html", "7"]),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_a_url_that_is_normal_as_it_stands_is_left_so_by_the_long_way_too(text: str) -> None:
    if urls._NORMAL.fullmatch(text):
        # With a fragment it is taken apart and put together again.
        assert urls.normalise(text + "#") == urls.normalise(text) == text
        assert urls.normalise(text + "#", "https://other.example/x/y") == text
        assert urls.page_key(text + "#") == urls.page_key(text)


def test_percent_escapes_compare_without_case() -> None:
    assert urls.page_key("http://n.example/a%2fb") == urls.page_key("http://n.example/a%2Fb")
    assert urls.page_key("http://n.example/a%2fb") != urls.page_key("http://n.example/a/b")


@pytest.mark.parametrize(
    ("href", "absolute"),
    [
        ("story", "https://news.example/world/story"),
        ("/story", "https://news.example/story"),
        ("../story", "https://news.example/story"),
        ("?page=2", "https://news.example/world/today?page=2"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("  /story \n", "https://news.example/story"),
        ("", "https://news.example/world/today"),
        ("http://other.example/x", "http://other.example/x"),
        ("mailto:a@b.example", None),
        ("javascript:void(0)", None),
        ("http://[", None),
    ],
)
def test_links_are_seen_from_their_page(href: str, absolute: str | None) -> None:
    assert urls.normalise(href, "https://news.example/world/today") == absolute


def test_tracking_parameters_stay_where_the_url_is_wanted_as_advertised() -> None:
    advertised = urls.normalise("http://N.example/a?utm_source=x&id=7#y", keep_tracking=True)
    assert advertised == "http://n.example/a?utm_source=x&id=7"


def test_hosts_match_by_their_longest_suffix() -> None:
    hosts = ("news.example", "sport.news.example", "www.other.example")
    assert urls.suffix_match("live.sport.news.example", hosts) == "sport.news.example"
    assert urls.suffix_match("www.news.example", hosts) == "news.example"
    assert urls.suffix_match("other.example", hosts) == "www.other.example"
    assert urls.suffix_match("badnews.example", hosts) is None
    assert urls.suffix_match("example", hosts) is None
    assert urls.same_site("https://m.news.example:8080/x", hosts)
    assert not urls.same_site("https://news.example.evil.example/", hosts)
    assert not urls.same_site("not a url", hosts)


@pytest.mark.parametrize(
    "url",
    [
        "https://a..b/x",
        f"https://{'a' * 64}.com/",
        f"https://{'a.' * 130}com/",
        "http://[x",
        "http://xn--a.example/",
        "http://xn--a/x",
    ],
)
def test_a_host_that_can_be_no_name_is_none(url: str) -> None:
    assert urls.normalise(url) is None
    assert urls.path_of(url)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://news.example/a?b=1", "https://www.news.example/a?b=1"),
        ("https://www.news.example:8443/", "https://news.example:8443/"),
        ("https://localhost/", None),
        ("http://127.0.0.1:8000/", None),
        ("http://[::1]/", None),
        ("https://www.example/", None),
    ],
)
def test_the_other_name_of_a_host_has_www_or_has_not(url: str, other: str | None) -> None:
    assert urls.other_name(url) == other
