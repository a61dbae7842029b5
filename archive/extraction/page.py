"""From a page to what it says: the order in which the finders are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lxml.etree import _Element

from archive.errors import ExtractionError
from archive.extraction.facts.inferred_dates import infer_published
from archive.extraction.facts.language import read_language
from archive.extraction.facts.metadata import FIELDS, Metadata, Page, read_metadata
from archive.extraction.facts.sources import Found, Place, as_source
from archive.extraction.facts.surroundings import find_surroundings
from archive.extraction.page_types.page_type import Ground, Verdict, classify, is_html, is_protected
from archive.extraction.parsed_page import ParsedPage, parse_page
from archive.extraction.site.judgement import Ruling
from archive.extraction.site.rulings import BY_SITE, apply_ruling, fill
from archive.extraction.site.site_profile import SiteProfile
from archive.extraction.site.sketches import Sketch
from archive.extraction.site.sketching import sketch_page
from archive.extraction.structure.container import Container
from archive.extraction.structure.position import body_of
from archive.extraction.testimony.agreement import weigh
from archive.extraction.testimony.witnesses import Witness, declared_witnesses
from archive.extraction.text.block_model import BlockModel
from archive.extraction.text.main_text import read_main_text, write_cut
from archive.extraction.text.text_choice import TextChoice, choose_text
from archive.extraction.threads.comment_threads import join_postings
from archive.extraction.threads.comments import read_page_comments
from archive.extraction.tree.page_blocks import Block, Cut
from archive.extraction.tree.parsing import MAX_HTML_BYTES
from archive.records import Comment, Extraction, Hints, PageType, Source

_BY_SITE = 0.9  # confidence of a page type that the site tells
_SURE = 0.9  # of a listing found with less certainty, the text is searched all the same


def extract(  # noqa: PLR0913 - all but two by keyword
    html: bytes,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    hints: Hints | None = None,
    site: SiteProfile | None = None,
    witnesses: Sequence[Witness] | None = (),
    model: BlockModel | None = None,
) -> Extraction:
    """Extract what a page says. The same arguments always give the same result.

    Args:
        html: the body of the answer, content coding taken off.
        url: where the page was fetched.
        headers: the HTTP headers of the answer; names in any case, repeated ones joined by commas.
        hints: what the place says where the URL was found; it confirms the page, and fills what
            the page leaves open. Even hints that say nothing tell that the page was found on a
            blog, where it takes less to be a post; None: nothing is known of its site.
        site: what the site's pages have in common; it has a say where `site.concerns` the page.
        witnesses: what other places say the text of the post is, beside the JSON-LD of the page;
            None: not even that is heard, as the page is a part of a post.
        model: tells the blocks of the post from others; the one that comes with the package if
            None.

    Returns:
        The extraction. A page that is no article is told by its `page_type`, not by an error.

    Raises:
        ExtractionError: the page is longer than `MAX_HTML_BYTES`: half a text is no text.
    """
    reading = read_page(
        html, url, headers=headers, hints=hints, site=site, witnesses=witnesses, model=model
    )
    return reading.extraction


@dataclass(frozen=True, slots=True)
class PageReading:
    """What a page says, and how that came about; it holds the tree, and stays in its process."""

    extraction: Extraction
    sketch: Sketch | None = None  # None, as all that follows, of what is no HTML page
    parsed: ParsedPage | None = None
    choice: TextChoice | None = None  # what the page alone was taken to say
    cut: Cut | None = None  # what the text is in the end; None where there is none


def read_page(  # noqa: PLR0913 - all but two by keyword
    html: bytes,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    hints: Hints | None = None,
    site: SiteProfile | None = None,
    witnesses: Sequence[Witness] | None = (),
    model: BlockModel | None = None,
) -> PageReading:
    """Do as `extract` does, and give as well how it came about.

    The sketch, which the page's site is learned from, is of what the page alone says, whatever else
    is heard.
    """
    headers = headers or {}
    if not is_html(html, headers):
        verdict = Verdict(PageType.NOT_HTML, 1.0, Ground.BYTES)
        said = Extraction(page_type=verdict.kind, confidence=1.0, sources=(_as_source(verdict),))
        return PageReading(said)
    if len(html) > MAX_HTML_BYTES:
        message = f"the page has {len(html)} bytes, more than the {MAX_HTML_BYTES} that are read"
        raise ExtractionError(message, url=url)
    parsed = parse_page(html, url, headers, hints)
    choice = choose_text(parsed, model)
    facts = _find_facts(parsed, choice.blocks, headers, hints)
    said, cut = _compose(facts, choice, None if witnesses is None else ())
    sketch = sketch_page(parsed, choice, said, facts.hints)
    ruling = site.judge(sketch) if site else None
    if ruling is not None or witnesses:
        said, cut = _compose(facts, choice, witnesses, ruling)
        said = replace(said, site_profile=site.digest if site and ruling else None)
    return PageReading(_date_at_last(said, facts), sketch, parsed, choice, cut)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was found on a page, beside its text."""

    parsed: ParsedPage
    page: Page
    metadata: Metadata
    verdict: Verdict
    comments: tuple[Comment, ...]
    hints: Hints


def _find_facts(
    parsed: ParsedPage, blocks: Sequence[Block], headers: Mapping[str, str], hints: Hints | None
) -> _Facts:
    tree, head, container = parsed.tree, parsed.head, parsed.container
    around = find_surroundings(tree, body_of(container))
    page = Page(tree, parsed.url, headers, head, container, around)
    metadata = read_metadata(page, hints or Hints())
    dated, signed = metadata.published is not None, bool(metadata.authors)
    verdict = classify(parsed, blocks, hints, dated=dated, signed=signed)
    comments = join_postings([read_page_comments(parsed.comments, head)])
    return _Facts(parsed, page, metadata, verdict, comments, hints or Hints())


def _compose(
    facts: _Facts,
    choice: TextChoice,
    witnesses: Sequence[Witness] | None,
    ruling: Ruling | None = None,
) -> tuple[Extraction, Cut | None]:
    """Say what a page says, after all that is heard: the page, its site, other witnesses."""
    metadata, sources = facts.metadata, tuple[Source, ...]()
    verdict = facts.verdict
    if ruling is not None:
        metadata, sources = fill(metadata, ruling, choice)
        if ruling.kind is not None:
            verdict = Verdict(ruling.kind, _BY_SITE, Ground.SITE_PROFILE)
    is_listing = verdict.kind is PageType.LISTING
    main_text, found, cut = "", tuple[Source, ...](), None
    if facts.parsed.container or not is_listing or verdict.confidence < _SURE:
        main_text, found, cut = _read_text(facts.parsed, choice, witnesses, ruling)
    if not is_listing:
        own_text = "" if any(source.inferred for source in found) else main_text
        verdict = _closed_or_empty(facts.page, main_text, own_text) or verdict
    language = _language(facts.page, main_text or (metadata.title or ""), facts.hints)
    if language is not None:
        found = (as_source("language", language), *found)
    said = Extraction(
        page_type=verdict.kind,
        language=language.value if language else None,
        main_text=main_text,
        comments=facts.comments,
        confidence=verdict.confidence,
        sources=(_as_source(verdict), *metadata.sources, *sources, *found),
        **{name: getattr(metadata, name) for name in FIELDS},
    )
    return said, cut


def _as_source(verdict: Verdict) -> Source:
    return Source(field="page_type", name=verdict.ground.value, confidence=verdict.confidence)


def _date_at_last(said: Extraction, facts: _Facts) -> Extraction:
    """Infer the day of a post that neither the page nor its site tells."""
    if said.published is not None or said.page_type is not PageType.ARTICLE:
        return said
    found = infer_published(facts.page.head, facts.page.around)
    if found is None:
        return said
    source = as_source("published", found)
    return replace(said, published=found.value, sources=(*said.sources, source))


def _read_text(
    page: ParsedPage,
    choice: TextChoice,
    witnesses: Sequence[Witness] | None,
    ruling: Ruling | None,
) -> tuple[str, tuple[Source, ...], Cut | None]:
    """The text, after all that has a say in it: the page, then its site, then other witnesses."""
    cut, confidence, inferred = choice.cut, choice.confidence, False
    barred = set(page.comments)  # of which no witness has anything taken in
    is_ruled = ruling is not None and ruling.kept is not None
    if ruling is not None and ruling.kept is not None:
        cut, left_out = apply_ruling(ruling.kept, choice)
        barred |= left_out
    agreement = None
    if witnesses is not None:
        heard = (*witnesses, *declared_witnesses(page.head))
        agreement = weigh(choice.blocks, cut, heard, barred=barred, titles=page.titles)
    if agreement is not None:
        cut = agreement.cut
        text, name = write_cut(cut), cut.source
        confidence, inferred = agreement.confidence, agreement.inferred
    elif is_ruled:
        text, name = (write_cut(cut) if cut else ""), BY_SITE
    else:
        text, name = read_main_text(page.tree, cut, page.titles)
    source = Source(field="main_text", name=name, confidence=confidence, inferred=inferred)
    return text, (source,) if text else (), cut


def _closed_or_empty(page: Page, main_text: str, own_text: str) -> Verdict | None:
    container = page.container.element if page.container else None
    if is_protected(page.tree, container, own_text):
        return Verdict(PageType.PROTECTED, 0.95, Ground.PASSWORD)
    if not main_text and not _has_media(page.tree, page.container):
        return Verdict(PageType.EMPTY, 0.9, Ground.NO_TEXT)
    return None


def _has_media(tree: _Element, container: Container | None) -> bool:
    scope = tree if container is None else container.element
    return any(scope.find(f".//{tag}") is not None for tag in ("img", "video", "audio", "iframe"))


def _language(page: Page, sample: str, hints: Hints) -> Found[str] | None:
    """What is declared nearest to the text comes first."""
    declared: list[tuple[str | None, Place]] = []
    if page.container is not None:
        element = page.container.element
        lineage = (element, *element.iterancestors())
        declared += [(element.get("lang"), Place.MARKUP) for element in lineage]
    else:
        declared.append((page.tree.get("lang"), Place.MARKUP))
    declared.append((hints.language, Place.DISCOVERY))
    declared.append((page.head.first("og:locale"), Place.OPEN_GRAPH))
    declared.append((page.head.first("language", "dc.language"), Place.META))
    return read_language(declared, sample)
