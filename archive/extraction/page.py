"""From a page to what it says: the order in which the finders are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml.html import HtmlElement

from archive.errors import ExtractionError
from archive.extraction.agreement import weigh
from archive.extraction.comment_threads import join_postings
from archive.extraction.comments import read_page_comments
from archive.extraction.container import Container
from archive.extraction.language import find_language
from archive.extraction.main_text import read_main_text, write_cut
from archive.extraction.metadata import Metadata, Page, read_metadata
from archive.extraction.page_type import classify, is_html, is_protected
from archive.extraction.parsed_page import ParsedPage, parse_page
from archive.extraction.parsing import MAX_HTML_BYTES
from archive.extraction.position import body_of
from archive.extraction.post_signs import Evidence
from archive.extraction.prose import longest_run
from archive.extraction.site_profile import SiteProfile
from archive.extraction.surroundings import find_surroundings
from archive.extraction.text_choice import choose_text
from archive.extraction.witnesses import Witness, declared_witnesses
from archive.records import Extraction, Hints, PageType, Source

_SURE = 0.9  # of a listing found with less certainty, the text is searched all the same


def extract(  # noqa: PLR0913 - all but two by keyword
    html: bytes,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    hints: Hints | None = None,
    site: SiteProfile | None = None,
    witnesses: Sequence[Witness] | None = (),
) -> Extraction:
    """Extract what a page says. The same arguments always give the same result.

    Args:
        html: the body of the answer, content coding taken off.
        url: where the page was fetched.
        headers: the HTTP headers of the answer; names in any case, repeated ones joined by commas.
        hints: what the place says where the URL was found; it confirms the page, and fills what
            the page leaves open.
        site: reserved for what is known of the whole site.
        witnesses: what other places say the text of the post is, beside the JSON-LD of the page;
            None: not even that is heard, as the page is a part of a post.

    Returns:
        The extraction. A page that is no article is told by its `page_type`, not by an error.

    Raises:
        ExtractionError: the page is longer than `MAX_HTML_BYTES`: half a text is no text.
    """
    headers, hints = headers or {}, hints or Hints()
    if not is_html(html, headers):
        return Extraction(page_type=PageType.NOT_HTML, confidence=1.0)
    if len(html) > MAX_HTML_BYTES:
        message = f"the page has {len(html)} bytes, more than the {MAX_HTML_BYTES} that are read"
        raise ExtractionError(message, url=url)
    parsed = parse_page(html, url, headers, hints)
    tree, head, container = parsed.tree, parsed.head, parsed.container
    around = find_surroundings(tree, body_of(container))
    page = Page(tree, url, headers, head, container, around)
    metadata = read_metadata(page, hints)
    evidence = Evidence(
        head,
        metadata.published is not None,
        bool(metadata.authors),
        container,
        longest_run(parsed.prose),
    )
    kind, confidence = classify(tree, url, evidence, hints)
    main_text, sources = "", tuple[Source, ...]()
    if container is not None or kind is not PageType.LISTING or confidence < _SURE:
        main_text, sources = _read_text(parsed, site, witnesses)
    if kind is not PageType.LISTING:
        own_text = "" if any(source.inferred for source in sources) else main_text
        kind, confidence = _closed_or_empty(page, main_text, own_text) or (kind, confidence)
    return Extraction(
        page_type=kind,
        language=_language(page, main_text or (metadata.title or ""), hints),
        main_text=main_text,
        comments=join_postings([read_page_comments(parsed.comments, head)]),
        confidence=confidence,
        sources=sources,
        **{name: getattr(metadata, name) for name in Metadata.__slots__},
    )


def _read_text(
    page: ParsedPage, site: SiteProfile | None, witnesses: Sequence[Witness] | None
) -> tuple[str, tuple[Source, ...]]:
    """The text, after all that has a say in it: the page, then its site, then other witnesses."""
    choice = choose_text(page)
    cut, confidence, inferred = choice.cut, choice.confidence, False
    barred = frozenset(page.comments)  # of which no witness has anything taken in
    agreement = None
    if witnesses is not None:
        heard = (*witnesses, *declared_witnesses(page.head))
        agreement = weigh(choice.blocks, cut, heard, barred=barred, titles=page.titles)
    if agreement is None:
        text, name = read_main_text(page.tree, cut, page.titles)
    else:
        text, name = write_cut(agreement.cut), agreement.cut.source
        confidence, inferred = agreement.confidence, agreement.inferred
    source = Source(field="main_text", name=name, confidence=confidence, inferred=inferred)
    return text, (source,) if text else ()


def _closed_or_empty(page: Page, main_text: str, own_text: str) -> tuple[PageType, float] | None:
    container = page.container.element if page.container else None
    if is_protected(page.tree, container, own_text):
        return PageType.PROTECTED, 0.95
    if not main_text and not _has_media(page.tree, page.container):
        return PageType.EMPTY, 0.9
    return None


def _has_media(tree: HtmlElement, container: Container | None) -> bool:
    scope = tree if container is None else container.element
    return any(scope.find(f".//{tag}") is not None for tag in ("img", "video", "audio", "iframe"))


def _language(page: Page, sample: str, hints: Hints) -> str | None:
    """What is declared nearest to the text comes first."""
    declared: list[str | None] = []
    if page.container is not None:
        element = page.container.element
        declared += [e.get("lang") for e in (element, *element.iterancestors())]
    else:
        declared.append(page.tree.get("lang"))
    declared += [hints.language, page.head.first("og:locale", "language", "dc.language")]
    return find_language(declared, sample)
