"""How near the text and the facts of extracted pages come to the truth.

The measures are those of the field: the bag of lower-case words of each page (WCXB), shingles of
four words (Zyte's article-extraction-benchmark), and the share of exact titles, authors (as a set)
and dates (by day); white space and case do not count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import mean
from typing import Any

_WORD = re.compile(r"\w+")
_NAMES = re.compile(r";|,| and | & ")
_SHINGLE = 4
_DAY = len("2024-01-31")


def score_pages(pages: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> dict[str, float]:
    """Score many pages.

    Args:
        pages: of each page, what is true and what was found. Keys are `main_text`, `title`,
            `authors`, `published` and `page_type`; what the truth does not state does not count.

    Returns:
        Means over the pages that state a field; `invented` is how often a date was found where the
        truth says that there is none.
    """
    rows = [_score(true, found) for true, found in pages]
    scores = {
        key: mean(row[key] for row in rows if key in row)
        for key in {k for row in rows for k in row}
    }
    precision, recall = scores.pop("shingle precision"), scores.pop("shingle recall")
    scores["shingle F1"] = 2 * precision * recall / (precision + recall)
    return scores


def page_type_f1(pages: Iterable[tuple[str, str]], page_type: str) -> float:
    """Give the F1 of one page type among pairs of the true and the found one."""
    pairs = list(pages)
    hits = sum(true == found == page_type for true, found in pairs)
    return 2 * hits / sum((true == page_type) + (found == page_type) for true, found in pairs)


def _score(true: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, float]:
    scores: dict[str, float] = {}
    if "main_text" in true:
        scores["word F1"] = _overlap(_words(found["main_text"]), _words(true["main_text"]))[2]
        shingles = _overlap(_shingles(found["main_text"]), _shingles(true["main_text"]))
        scores["shingle precision"], scores["shingle recall"] = shingles[:2]
    if "title" in true:
        scores["title"] = float(_fold(found["title"]) == _fold(true["title"]))
    if "authors" in true:
        scores["authors"] = float(_names(found["authors"]) == _names(true["authors"]))
    if true.get("published"):
        day = (found["published"] or "")[:_DAY]
        scores["published"] = float(day == true["published"][:_DAY])
    elif "published" in true:
        scores["invented"] = float(found["published"] is not None)
    if "page_type" in true:
        scores["page type"] = float(found["page_type"] == true["page_type"])
    return scores


def _overlap(found: Counter[Any], true: Counter[Any]) -> tuple[float, float, float]:
    """Precision, recall and F1 of two bags."""
    if not found or not true:
        same = float(not found and not true)
        return same, same, same
    common = (found & true).total()
    precision, recall = common / found.total(), common / true.total()
    return precision, recall, 2 * precision * recall / (precision + recall) if common else 0.0


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    count = max(1, len(words) - _SHINGLE + 1) if words else 0
    return Counter(tuple(words[start : start + _SHINGLE]) for start in range(count))


def _fold(value: str | None) -> str:
    return " ".join((value or "").lower().split())


def _names(names: Iterable[str] | str) -> set[str]:
    """Give authors as a set; truth in one string may join several."""
    parts = _NAMES.split(names) if isinstance(names, str) else names
    return {re.sub(r"^by ", "", _fold(part)) for part in parts if part.strip()}
