"""How long a text is for its reader, whatever its script.

A sentence takes a third of the characters in Chinese that it takes in English, and has no spaces;
lengths that tell prose from captions are therefore counted in letters of an alphabet.
"""

from __future__ import annotations

import re

LETTERS_AT_MOST = 3
"""What one character is worth."""

_WIDE = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")  # ideographs
_SYLLABLES = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f\uac00-\ud7af]+")
_UNSPACED = re.compile(  # kana; Thai and Lao, Tibetan, Burmese, Khmer
    "[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]+"
)
_LETTERS_OF_A_WORD = 6  # the space behind it included


def count_letters(text: str) -> int:
    """Give the length of a text in letters: an ideograph is worth three, a syllable two."""
    if text.isascii():
        return len(text)
    return len(text) + 2 * _total(_WIDE, text) + _total(_SYLLABLES, text)


def count_words(text: str) -> float:
    """Give about how many words a text has; in unspaced scripts, by the number of its letters."""
    words = text.count(" ") + 1
    if text.isascii():
        return words
    unspaced = "".join(_UNSPACED.findall(text))
    letters = 3 * _total(_WIDE, text) + count_letters(unspaced)
    return words + letters / _LETTERS_OF_A_WORD


def _total(pattern: re.Pattern[str], text: str) -> int:
    return sum(map(len, pattern.findall(text)))
