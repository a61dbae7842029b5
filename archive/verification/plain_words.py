"""What libraries say of damage, in words for a person who does not program."""

from __future__ import annotations

import re

_WORDS = (
    (re.compile(r"KeyError\('([^']*)'\)"), r"it has no \1"),
    (re.compile(r"[A-Z]\w*(?:Error|Exception)\((['\"])(.*)\1,?\)"), r"\2"),
    (re.compile(r"Error -\d+ while decompressing data: ?"), "its compressed data is damaged: "),
    (re.compile(r"Error -\d+ (?=[A-Z])"), ""),
    (re.compile(r"^\[Errno \d+\] "), ""),
)


def plain_words(message: str) -> str:
    """Take the names of Python's exceptions, and numbers of errors, out of a message.

    >>> plain_words("the signature cannot be read: KeyError('domainCert')")
    'the signature cannot be read: it has no domainCert'
    """
    for pattern, words in _WORDS:
        message = pattern.sub(words, message)
    return message
