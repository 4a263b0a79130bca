"""Languages: what is meant by their codes, and which one a text is written in."""

from __future__ import annotations

import re

# What publishers write for a language and is the code of a country, or no longer a code
# (ISO 639-1; IANA language subtag registry, "Deprecated").
_MEANT = {
    "kr": "ko", "jp": "ja", "cn": "zh", "tw": "zh", "ua": "uk", "gr": "el", "cz": "cs", "dk": "da", "iw": "he",
    "in": "id", "ji": "yi", "al": "sq", "ge": "ka", "rs": "sr", "jw": "jv", "mo": "ro", "sh": "sr",
}  # fmt: skip
# Of two codes of one language the one that takes in both, as in CLDR (supplemental data, "languageAlias"): who writes
# Norwegian says `no` or `nb`; Nynorsk has a code of its own.
_MEANT |= {"nb": "no"}
# Codes of three letters where there is one of two (BCP 47 has the shortest), and of what is mostly meant by those.
_MEANT |= dict(
    pair.split(":")
    for pair in (
        "ara:ar arb:ar aze:az azj:az bul:bg ben:bn bos:bs cat:ca ces:cs cze:cs dan:da deu:de ger:de ell:el gre:el eng:en spa:es "
        "est:et ekk:et eus:eu baq:eu fas:fa per:fa pes:fa prs:fa fin:fi fra:fr fre:fr gle:ga glg:gl guj:gu heb:he hin:hi hrv:hr "
        "hun:hu hye:hy arm:hy ind:id isl:is ice:is ita:it jpn:ja kat:ka geo:ka kaz:kk khm:km kor:ko kur:ku kmr:ku lit:lt lav:lv "
        "lvs:lv mkd:mk mac:mk mal:ml mon:mn mar:mr msa:ms may:ms zsm:ms mya:my bur:my nep:ne nld:nl dut:nl nor:no nob:no nno:nn "
        "pan:pa pol:pl pus:ps por:pt ron:ro rum:ro rus:ru sin:si slk:sk slo:sk slv:sl som:so sqi:sq alb:sq srp:sr swe:sv swa:sw "
        "swh:sw tam:ta tel:te tha:th tgl:tl fil:tl tur:tr ukr:uk urd:ur uzb:uz vie:vi zho:zh chi:zh cmn:zh"
    ).split()
)
#: Letters of scripts that put no space between words, for a set of a pattern: Thai, Lao, Burmese, Khmer, kana, Han.
SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
#: Characters without which a text is not asked for its language.
_SHORTEST = 60
#: Characters that are enough to know it.
_ENOUGH = 2000
#: Characters of a text whose language can be judged.
_JUDGED = 400
#: Of the commonest English words, a thousand characters of English hold seldom fewer than ten, of others hardly one.
_ENGLISH, _LITTLE, _MUCH = (" the ", " of ", " and ", " to ", " that ", " with "), 3, 10


def meant(code: str) -> str:
    """The language that is meant by a code or a tag (`zh-CN`): one code for each language, in lower case (BCP 47, primary subtag)."""
    primary = code.strip().lower().replace("_", "-").partition("-")[0]
    return _MEANT.get(primary, primary)


def is_code(text: str) -> bool:
    """Whether a text has the form of a language's code or tag: two or three letters first (RFC 5646 section 2.2.1)."""
    return re.fullmatch(r"[a-z]{2,3}", text.strip().lower().replace("_", "-").partition("-")[0]) is not None


def is_doubtful(language: str, text: str) -> bool:
    """Whether a text is so much, or so little, English that it can hardly be in the language that its page says.

    Themes of many blogs say English whatever is written in them.  A cheap look, at one word of fifteen.
    """
    sample = text[: 2 * _ENOUGH].lower()
    if len(sample) < _JUDGED:
        return False
    found = sum(sample.count(word) for word in _ENGLISH) * 1000 / len(sample)
    return found < _LITTLE if language == "en" else found > _MUCH


def of_text(text: str) -> str | None:
    """The language that a text is written in (ISO 639-1), None for one too short to tell."""
    if len(text) < _SHORTEST:
        return None
    import py3langid

    return meant(str(py3langid.classify(text[:_ENOUGH])[0]))
