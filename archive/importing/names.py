"""Names for imported files: as they were, where that is safe and free."""

from __future__ import annotations

import re
from collections.abc import Callable

_SUFFIX = re.compile(r"\.w?arc(?:\.open)?(?:\.gz|\.zst)?(?:\.open)?$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_STEM_LENGTH = 150


def safe_stem(name: str) -> str:
    """Make the stem of a file name, fit to be part of a URN as well.

    >>> safe_stem("My crawl.warc.gz"), safe_stem("../.warc")
    ('My-crawl', 'imported')
    """
    stem = _UNSAFE.sub("-", _SUFFIX.sub("", name.rpartition("/")[2]))
    return stem[:_MAX_STEM_LENGTH].strip("._-") or "imported"


def free_stem(name: str, digest: str, is_taken: Callable[[str], bool]) -> str:
    """Choose the stem of a new file: that of `name`; if it is taken, digits of the digest follow.

    Args:
        name: of the file that is imported.
        digest: of its bytes.
        is_taken: tells whether a stem is taken.
    """
    stem = safe_stem(name)
    digits = digest.partition(":")[2].lower().rstrip("=")
    candidates = (stem, *(f"{stem}-{digits[:length]}" for length in range(8, len(digits) + 1)))
    return next(candidate for candidate in candidates if not is_taken(candidate))
