"""Class names as their authors wrote them, without what build tools put behind them.

CSS Modules and their kin make names unique by a hash: `Post_title__x3fA9`, `title_f1Hy`.
"""

from __future__ import annotations

import re
from functools import lru_cache

_HASH = re.compile(r"_{1,3}(?=[\w-]*[A-Z0-9])[\w-]{4,8}(?=\s|$)")


@lru_cache(maxsize=4096)
def without_hashes(names: str) -> str:
    """Take the hashes off the names of a class attribute.

    >>> without_hashes("Post_title__x3fA9 title_f1Hy entry-title post__title")
    'Post_title title entry-title post__title'
    """
    return _HASH.sub("", names) if "_" in names else names
