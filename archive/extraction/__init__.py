"""What a page says: one door, `extract`, from its bytes to an `archive.records.Extraction`.

`extract_parts` does the same for the WARC response blocks of a post, which may be split over
several pages. `EXTRACTOR` names the code and the libraries that did it. `parse_page`, `choose_text`
and `explain_blocks` are the steps of it that tell why a text is what it is.

The parts are loaded when they are first used: `archive.extraction.tree.parsing`, `.canonical` and
`.continuations` are used by the spider on every page and must not cost the import of the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.extraction.extractor import EXTRACTOR
    from archive.extraction.page import extract
    from archive.extraction.parsed_page import parse_page
    from archive.extraction.post_parts import extract_parts
    from archive.extraction.text.text_choice import choose_text, explain_blocks

__all__ = [
    "EXTRACTOR", "choose_text", "explain_blocks", "extract", "extract_parts", "parse_page",
]  # fmt: skip

_MODULES = {
    "EXTRACTOR": "extractor",
    "choose_text": "text.text_choice",
    "explain_blocks": "text.text_choice",
    "extract": "page",
    "extract_parts": "post_parts",
    "parse_page": "parsed_page",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
