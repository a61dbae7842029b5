"""How a captured page was read: its blocks and what became of each, its fields and their sources.

It works on every page that was captured, whether it became an article or not: what is asked most
often is why it did not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml.etree import _Element

from archive.catalogue import CaptureRow
from archive.digests import text_digest
from archive.extraction import explain_blocks
from archive.extraction.page import PageReading
from archive.extraction.post_parts import read_post
from archive.extraction.text.text_choice import BlockVerdict
from archive.extraction.workers import ExtractionJob
from archive.records import Article, Extraction, PageType, Source

_FIELDS = (
    "title", "authors", "published", "modified", "language", "site_name", "tags", "description",
    "image", "license", "canonical_url", "rights",
)  # fmt: skip
_MAX_NAMES = 3  # classes of an element that are shown
MAX_BLOCKS = 5_000
"""Blocks of one page that are shown; more are counted."""

_MAX_STEPS = 3  # of a place that are shown: the innermost


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a page says of itself."""

    name: str
    value: str  # "" for none
    source: str  # where it was found; "" where that is not told
    confidence: float | None
    inferred: bool


@dataclass(frozen=True, slots=True)
class BlockLine:
    """One block of a page, and what became of it."""

    number: int  # from 1, in document order
    text: str
    tag: str
    place: str  # tags and classes from the body down
    kept: bool
    score: float | None  # how likely the block is the post's, by itself; 0 to 1
    reasons: tuple[str, ...]  # the weightiest first
    linked: float  # share of the text that is links, 0 to 1

    @property
    def near_place(self) -> str:
        """The end of the place, which tells most."""
        steps = self.place.split("/")
        return "/".join(["…"] * (len(steps) > _MAX_STEPS) + steps[-_MAX_STEPS:])


@dataclass(frozen=True, slots=True)
class PageLines:
    """One page of a post."""

    blocks: tuple[BlockLine, ...]
    left_out: int  # blocks behind the last that is shown
    chosen_by: str  # who chose the text; "" where there is none
    container: str  # the element that standards or its position call the post's; "" for none
    mark: str  # by what
    text_from_elsewhere: str  # that a witness gave, and that is not on the page

    @property
    def kept_count(self) -> int:
        """The number of blocks shown that are part of the text."""
        return sum(block.kept for block in self.blocks)

    @property
    def block_count(self) -> int:
        """The number of blocks, whether shown or not."""
        return len(self.blocks) + self.left_out


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of how a captured page was read."""

    url: str
    capture: CaptureRow
    page_type: PageType
    confidence: float  # of the page type
    fields: tuple[Field, ...]
    pages: tuple[PageLines, ...]
    site_profile: str | None
    witnesses: tuple[str, ...]  # kinds of those that were heard
    comment_count: int
    word_count: int
    differs: bool | None  # from its row; None where there is none
    filed_as: str  # what the catalogue says that the page is


def explain(job: ExtractionJob, capture: CaptureRow, article: Article | None) -> Explanation:
    """Read a captured page again, and tell how.

    Args:
        job: the page, with all that had a say in it.
        capture: of the page.
        article: its row; None where there is none.

    Raises:
        ExtractionError: the page is too long to be read.
    """
    post = read_post(job.blocks, job.url, hints=job.hints, site=job.site, witnesses=job.witnesses)
    said = post.extraction
    return Explanation(
        url=job.url,
        capture=capture,
        page_type=said.page_type,
        confidence=said.confidence,
        fields=tuple(_fields(said)),
        pages=tuple(_page(page) for page in post.pages),
        site_profile=said.site_profile,
        witnesses=tuple(witness.kind for witness in job.witnesses),
        comment_count=len(said.comments),
        word_count=len(said.main_text.split()),
        differs=None if article is None else text_digest(said.main_text) != article.text_digest,
        filed_as=str(capture.page_type or ""),
    )


def _fields(said: Extraction) -> Iterator[Field]:
    sources = {source.field: source for source in said.sources}
    yield _field(
        "main_text", f"{len(said.main_text):,} characters" if said.main_text else "", sources
    )
    others = (name for name in sources if name not in (*_FIELDS, "main_text"))
    for name in (*_FIELDS, *others):
        yield _field(name, _value(getattr(said, name, None)), sources)


def _field(name: str, value: str, sources: Mapping[str, Source]) -> Field:
    source = sources.get(name)
    if source is None:
        return Field(name, value, "", None, inferred=False)
    return Field(name, value, source.name, source.confidence, source.inferred)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return "" if value is None else str(value)


def _page(page: PageReading) -> PageLines:
    if page.parsed is None or page.choice is None:  # it is no HTML
        return PageLines((), 0, "", "", "", "")
    container, cut = page.parsed.container, page.cut
    verdicts = explain_blocks(page.parsed, page.choice, cut)
    sources = [s.name for s in page.extraction.sources if s.field == "main_text"]
    return PageLines(
        blocks=tuple(map(_line, range(1, MAX_BLOCKS + 1), verdicts)),
        left_out=max(0, len(verdicts) - MAX_BLOCKS),
        chosen_by=", ".join(sources),
        container="" if container is None else _name(container.element),
        mark="" if container is None else container.mark.name.lower().replace("_", " "),
        text_from_elsewhere=page.extraction.main_text if _is_elsewhere(page) else "",
    )


def _is_elsewhere(page: PageReading) -> bool:
    """Whether the text is that of a witness, and does not stand on the page."""
    if page.cut is None or page.parsed is None:
        return False
    roots = (page.cut.root.getroottree().getroot(), page.parsed.tree.getroottree().getroot())
    return roots[0] is not roots[1]


def _line(number: int, verdict: BlockVerdict) -> BlockLine:
    block = verdict.block
    return BlockLine(
        number=number,
        text=block.text,
        tag=str(block.element.tag),
        place=block.place,
        kept=verdict.kept,
        score=verdict.score,
        reasons=verdict.reasons,
        linked=block.linked / len(block.text),
    )


def _name(element: _Element) -> str:
    identifier = element.get("id")
    names = (element.get("class") or "").split()[:_MAX_NAMES]
    return ".".join((str(element.tag) + (f"#{identifier}" if identifier else ""), *names))
