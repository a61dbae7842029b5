"""Makes the sketch of a page from what was found on it; the page is not parsed again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from urllib.parse import urljoin

from lxml.etree import _Element

from archive.extraction.parsed_page import ParsedPage
from archive.extraction.site.sketches import (
    MAX_BLOCKS,
    Known,
    Sketch,
    SketchedBlock,
    StepTable,
    Trait,
    bound,
    hash_text,
)
from archive.extraction.text.text_choice import TextChoice
from archive.extraction.tree.blocks import inline_text
from archive.extraction.tree.bylines import read_byline
from archive.extraction.tree.canonical import document_base, safe_join, site_host
from archive.extraction.tree.page_blocks import Block, Cut
from archive.extraction.tree.written_dates import MAX_DATE_LENGTH, parse_date
from archive.records import Extraction, Hints

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MOSTLY = 0.6
_MAX_LINKS = 20  # of one block
_MAX_BYLINE = 80  # characters


def sketch_page(
    page: ParsedPage, choice: TextChoice, said: Extraction, hints: Hints | None = None
) -> Sketch:
    """Make the sketch of a page.

    Args:
        page: the page.
        choice: which of its blocks it takes for the post; the sketch has the same blocks.
        said: what was extracted from it, by the page alone.
        hints: what the place says where the URL was found.
    """
    return bound(_Sketching(page, choice, said).sketch(hints or Hints()))


class _Sketching:
    def __init__(self, page: ParsedPage, choice: TextChoice, said: Extraction) -> None:
        self._choice = choice
        self._said = said
        self._base = document_base(page.tree, page.url)
        self._host = site_host(page.url)
        self._origin = urljoin(page.url, "/")
        self._title = hash_text(said.title) if said.title else 0
        self._authors = frozenset(map(hash_text, said.authors))
        self._tags = frozenset(map(hash_text, said.tags))
        self._kept = _Holders(choice.cut)
        self._comments = frozenset(page.comments)
        self._commented: dict[_Element, bool] = {}

    def sketch(self, hints: Hints) -> Sketch:
        """Make the sketch."""
        table = StepTable()
        blocks: list[SketchedBlock] = []
        if len(self._choice.blocks) <= MAX_BLOCKS:
            for block in self._choice.blocks:
                step = table.find(block.element)
                words, length = hash_text(block.text), len(block.text)
                blocks.append(SketchedBlock(step, words, length, self._traits(block, words)))
        said, cut = self._said, self._choice.cut
        return Sketch(
            kind=said.page_type,
            confidence=round(said.confidence, 2),
            known=_known(said, hints),
            title=self._title,
            root=-1 if cut is None or not blocks else table.find(cut.root),
            steps=table.steps(),
            blocks=tuple(blocks),
        )

    def _traits(self, block: Block, words: int) -> Trait:
        traits = Trait(0)
        if self._kept.holds(block.element):
            traits |= Trait.KEPT
        if block.element.tag in _HEADINGS:
            traits |= Trait.HEADING
        if block.linked >= _MOSTLY * len(block.text):
            traits |= self._traits_of_links(block)
        if words == self._title and words:
            traits |= Trait.TITLE
        if words in self._tags:
            traits |= Trait.TAG
        if self._is_commented(block.element):
            traits |= Trait.COMMENT
        return traits | self._date(block.text) | self._byline(block.text, words)

    def _traits_of_links(self, block: Block) -> Trait:
        traits = Trait.LINKED
        links = list(islice(_links(block.element), _MAX_LINKS))
        if links and all(map(self._is_inner, links)):
            traits |= Trait.INNER
        if self._tags and links and all(hash_text(inline_text(a)) in self._tags for a in links):
            traits |= Trait.TAG
        return traits

    def _is_inner(self, link: _Element) -> bool:
        address = link.get("href") or ""
        if address.startswith("#"):
            return False
        if address.startswith(self._origin):  # nearly all are spelled so: no need to parse them
            return True
        joined = safe_join(self._base, address)
        return joined is not None and site_host(joined) == self._host

    def _date(self, text: str) -> Trait:
        if len(text) > MAX_DATE_LENGTH or not any(map(str.isdigit, text)):
            return Trait(0)
        found = parse_date(text)
        if found is None:
            return Trait(0)
        published = self._said.published
        is_the_posts = published is not None and found.date() == published.date()
        return Trait.DATED | (Trait.DATE if is_the_posts else Trait(0))

    def _byline(self, text: str, words: int) -> Trait:
        if not self._authors or len(text) > _MAX_BYLINE:
            return Trait(0)
        name = read_byline(text)
        is_name = words in self._authors or (name and hash_text(name) in self._authors)
        return Trait.AUTHOR if is_name else Trait(0)

    def _is_commented(self, element: _Element) -> bool:
        above: list[_Element] = []
        found = False
        for each in (element, *element.iterancestors()) if self._comments else ():
            if each in self._commented:
                found = self._commented[each]
                break
            above.append(each)
            if each in self._comments:
                found = True
                break
        self._commented.update((each, found) for each in above)
        return found


class _Holders:
    """Tells of elements whether a cut keeps what stands right in them; each is looked at once."""

    def __init__(self, cut: Cut | None) -> None:
        self._cut = cut
        self._known: dict[_Element, bool] = {}

    def holds(self, element: _Element) -> bool:
        """Tell whether the text right inside an element is kept."""
        cut = self._cut
        if cut is None or element in cut.muted:
            return False
        passed: list[_Element] = []
        found = False
        above: _Element | None = element
        while above is not None:
            if above in self._known:
                found = self._known[above]
                break
            passed.append(above)
            if above in cut.dropped or above is cut.root:
                found = above is cut.root and above not in cut.dropped
                break
            above = above.getparent()
        self._known.update((each, found) for each in passed)
        return found


def _links(element: _Element) -> Iterator[_Element]:
    if element.tag == "a":
        yield element
    yield from (link for link in element.iter("a") if link is not element and link.get("href"))


def _known(said: Extraction, hints: Hints) -> Known:
    known = Known(0)
    if said.title:
        known |= Known.TITLE
    if said.authors:
        known |= Known.AUTHORS
    if said.published:
        known |= Known.PUBLISHED
    if hints.kind:
        known |= Known.HINTED
    return known
