"""Answers, and the ways in which a site can fail to give a proper one."""

from __future__ import annotations

from dataclasses import dataclass, field

SOCKET_KINDS = ("drop", "cut", "slow", "endless")
"""Faults that need a socket: the answer only names them and the server acts them out."""

RANDOM_KINDS = ("503", "429", "drop", "cut", "slow")
"""Faults that a share of first requests meets; all of them pass on a second try."""

KINDS = (
    *SOCKET_KINDS, "403", "404", "410", "429", "500", "503",
    "challenge", "consent", "empty", "pdf", "redirect-loop",
)  # fmt: skip

_HTML = "text/html; charset=utf-8"
_REASONS = {
    301: "Moved Permanently",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

_CHALLENGE = """<!DOCTYPE html>
<html lang="en-US"><head><title>Just a moment...</title>
<meta name="robots" content="noindex,nofollow"><meta http-equiv="refresh" content="390"></head>
<body class="no-js"><div class="main-wrapper" role="main"><h1 class="zone-name-title">127.0.0.1</h1>
<h2 id="challenge-running">Checking if the site connection is secure</h2>
<noscript><div id="challenge-error-title">Enable JavaScript and cookies to continue</div></noscript>
<form id="challenge-form" action="?__ch_tk=q7Xv" method="POST"></form></div>
<script>(function(){window._ch_opt={cType:'managed'};var s=document.createElement('script');
s.src='/cdn-cgi/challenge-platform/h/g/orchestrate/v1';document.head.appendChild(s);}());</script>
</body></html>"""

_CONSENT = """<!DOCTYPE html>
<html lang="en"><head><title>Before you continue</title><meta name="robots" content="noindex"></head>
<body><div class="consent-wall" role="dialog"><h1>We value your privacy</h1>
<p>We and our 412 partners store and access information on your device. Choose how it may be used.</p>
<form method="POST" action="/consent/save"><button name="choice" value="all">Accept all</button>
<button name="choice" value="none">Reject all</button></form></div></body></html>"""

_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site says to one request. `fault` names what is wrong with it, if anything is."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Faults:
    """The share (`rate`, 0 to 1) of article answers that fail at the first try, chosen by `seed`."""

    seed: int = 1
    rate: float = 0.0
    kinds: tuple[str, ...] = RANDOM_KINDS

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds or not 0 <= self.rate <= 1:
            raise ValueError(f"faults: rate must be 0 to 1 and kinds of {', '.join(KINDS)}")


def plain_page(status: int, fault: str | None = None) -> Answer:
    """Return a short page that says no more than its status."""
    reason = _REASONS[status]
    text = f"<!DOCTYPE html>\n<html lang=en><title>{status} {reason}</title><h1>{reason}</h1></html>\n"
    headers = {"Content-Type": _HTML}
    if status in (429, 503):
        headers["Retry-After"] = "1"
    return Answer(status, headers, text.encode(), fault)


def faulty(kind: str, proper: Answer) -> Answer:
    """Return what is answered in place of the proper answer when that fault strikes."""
    if kind in SOCKET_KINDS:
        return Answer(proper.status, proper.headers, proper.body, kind)
    if kind.isdigit():
        return plain_page(int(kind), kind)
    if kind == "redirect-loop":
        return Answer(302, {"Location": "/loop/a", "Content-Type": _HTML}, b"", kind)
    if kind == "pdf":
        return Answer(200, {"Content-Type": "application/pdf"}, _PDF, kind)
    bodies = {"challenge": _CHALLENGE, "consent": _CONSENT, "empty": ""}
    return Answer(200, {"Content-Type": _HTML}, bodies[kind].encode(), kind)
