"""Which language a post is in, as a BCP 47 tag.

What the page declares is believed if the text's script and its commonest words do not contradict
it; blog themes declare one language for posts in many. Only then the text itself is identified,
with py3langid, whose model costs half a second to load and therefore is loaded when it is first
needed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from archive.extraction.facts.sources import Found, Place

_TAG = re.compile(r"^[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8}){0,3}$")
_SAMPLE_LENGTH = 3_000
_MIN_LETTERS = 60  # fewer letters tell nothing; the declaration stands
_MIN_SHARE = 0.1  # of a text's words are its language's commonest; of most texts, a third is
_MOST_OF_SECOND = 0.8  # the second likeliest language may have this much of the first one's share
_SCRIPTS = (
    ("latin", re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")),
    ("cyrillic", re.compile(r"[\u0400-\u052f]")),
    ("arabic", re.compile(r"[\u0600-\u06ff\u0750-\u077f]")),
    ("kana", re.compile(r"[\u3040-\u30ff]")),
    ("han", re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("hangul", re.compile(r"[\uac00-\ud7a3\u1100-\u11ff]")),
    ("greek", re.compile(r"[\u0370-\u03ff]")),
    ("hebrew", re.compile(r"[\u0590-\u05ff]")),
    ("devanagari", re.compile(r"[\u0900-\u097f]")),
    ("thai", re.compile(r"[\u0e00-\u0e7f]")),
)
_SCRIPT_LANGUAGE = {
    "han": "zh",
    "kana": "ja",
    "hangul": "ko",
    "greek": "el",
    "hebrew": "he",
    "thai": "th",
}
_LANGUAGE_SCRIPT = {
    "ru": "cyrillic", "uk": "cyrillic", "be": "cyrillic", "bg": "cyrillic", "sr": "cyrillic",
    "mk": "cyrillic", "kk": "cyrillic", "ky": "cyrillic", "mn": "cyrillic", "tg": "cyrillic",
    "ar": "arabic", "fa": "arabic", "ur": "arabic", "ps": "arabic", "ug": "arabic", "ckb": "arabic",
    "hi": "devanagari", "mr": "devanagari", "ne": "devanagari", "sa": "devanagari",
    "ja": "kana", "ko": "hangul", "zh": "han", "el": "greek", "he": "hebrew", "th": "thai",
}  # fmt: skip
_COMMON_WORDS = {
    "en": "the of and to in a is that it for on with as this be are was by not from or have",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als",
    "fr": "de la le et les des en un une du que est pour qui dans a par sur pas au plus il",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más",
    "it": "di e il la che in a per un è del non una con le si da i sono al come della",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como",
    "nl": "de van het een en in is dat op te zijn met voor niet aan er die om ook als bij",
    "pl": "w i na z do się nie to że jest o jak za od po przez dla są oraz tak czy który",
    "sv": "och i att det som en på är av för med den till inte har de ett om var men",
    "tr": "ve bir bu da de için ile olarak çok olan gibi daha en ne var kadar sonra ya",
    "vi": "và của là có các một trong cho không được với những này người khi để đã từ",
    "ru": "и в не на что с по это как а для из к у то от за но бы о же",
    "uk": "і в не на що з та як до у це за для від по а є про",
    "fa": "و در به از که این را با است برای آن می یک های شود هر",
    "ar": "في من على إلى أن هذا التي عن مع هذه ما لا أو كان الذي",
    "ur": "کے کی میں ہے اور کو سے کا یہ پر نے ہیں",
}
_FUNCTION_WORDS = {tag: frozenset(words.split()) for tag, words in _COMMON_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")


def read_language(declared: Sequence[tuple[str | None, Place]], sample: str) -> Found[str] | None:
    """Find the language of a text, and say where it was found.

    Args:
        declared: what the page and its surroundings declare, and where; the nearest to the text
            first.
        sample: the text; its beginning is enough.
    """
    first = {tag.replace("_", "-"): place for tag, place in reversed(declared) if tag}
    found = find_language([tag for tag, _ in declared], sample)
    return Found(found, first.get(found, Place.TEXT)) if found else None


def find_language(declared: list[str | None], sample: str) -> str | None:
    """Find the language of a text.

    Args:
        declared: what the page and its surroundings declare, the nearest to the text first.
        sample: the text; its beginning is enough.
    """
    tags = [tag.replace("_", "-") for tag in declared if tag and _TAG.match(tag)]
    sample = sample[:_SAMPLE_LENGTH]
    scripts = Counter({name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS})
    script = _main_script(scripts)
    words = Counter(_WORD.findall(sample.lower()))
    plausible = [tag for tag in tags if _script_of(tag) == script or not scripts.total()]
    if plausible and scripts.total() < _MIN_LETTERS:
        return plausible[0]
    for tag in plausible:
        language = tag.partition("-")[0].lower()
        if language not in _FUNCTION_WORDS or _share(language, words) >= _MIN_SHARE:
            return tag
    if script in _SCRIPT_LANGUAGE or not scripts.total():
        return _SCRIPT_LANGUAGE.get(script)
    shares = {tag: _share(tag, words) for tag in _FUNCTION_WORDS if _script_of(tag) == script}
    ranked = sorted(shares, key=lambda tag: -shares[tag])
    best, second = (*(shares[tag] for tag in ranked[:2]), 0.0, 0.0)[:2]
    if best >= _MIN_SHARE and second <= _MOST_OF_SECOND * best:
        return ranked[0]
    if plausible and best < _MIN_SHARE / 2:
        return plausible[0]  # no running text: a table, a list of names, code
    return _identify(sample) if scripts.total() >= _MIN_LETTERS else None


def _share(language: str, words: Counter[str]) -> float:
    return sum(words[word] for word in _FUNCTION_WORDS[language]) / max(1, words.total())


def _script_of(tag: str) -> str:
    return _LANGUAGE_SCRIPT.get(tag.partition("-")[0].lower(), "latin")


def _main_script(scripts: Counter[str]) -> str:
    """The script of most letters; Han beside some Kana is Japanese."""
    if (
        scripts["kana"] * 10 > scripts["han"]
        and scripts["kana"] + scripts["han"] > scripts["latin"]
    ):
        return "kana"
    return scripts.most_common(1)[0][0]


def _identify(sample: str) -> str:
    language, _ = _identifier()(sample)
    return language


@cache
def _identifier() -> Callable[[str], tuple[str, float]]:
    import py3langid  # costs half a second: only for texts that contradict their page

    classify: Callable[[str], tuple[str, float]] = py3langid.classify
    return classify
