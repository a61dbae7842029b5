"""TEI documents are valid, say what the text says, and name the bytes it comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from lxml import etree

from archive.forms.parts import Parts
from archive.forms.plain import write_plain
from archive.forms.tei import write_tei
from archive.forms.tei_elements import NAMESPACE, legal
from archive.records import Comment
from tests.archive.forms.samples import PAGES, elements, parts_of, words_of
from tests.archive.forms.tei_dtd import errors_of
from tests.archive.sample_records import make_sample

_DESCRIPTIONS = {f"{{{NAMESPACE}}}{name}" for name in ("figDesc", "desc")}
_POST = ".//t:body/t:div[@type='post']"
_INLINE = {f"{{{NAMESPACE}}}{name}" for name in ("hi", "ref", "code", "del", "graphic", "ptr")}


def _document(parts: Parts) -> etree._Element:
    return etree.fromstring(write_tei(make_sample(1), parts))


def _find(element: etree._Element, path: str) -> list[etree._Element]:
    return element.findall(path, namespaces={"t": NAMESPACE})


def _texts_at(element: etree._Element, path: str) -> list[str | None]:
    return [found.text for found in _find(element, path)]


def _words(root: etree._Element) -> list[str]:
    (post,) = _find(root, _POST)
    return words_of("".join(_texts(post)))


def _texts(element: etree._Element) -> list[str]:
    if element.tag in _DESCRIPTIONS:
        return []
    gap = "" if element.tag in _INLINE else " "
    texts = [gap, element.text or ""]
    for child in element:
        texts += [*_texts(child), child.tail or ""]
    return [*texts, gap]


@pytest.mark.parametrize("name", PAGES)
def test_document_is_valid_and_has_the_same_words(name: str) -> None:
    parts = parts_of(PAGES[name])
    document = _document(parts)
    assert errors_of(document) == []
    assert _words(document) == words_of(legal(write_plain(parts)))


@settings(max_examples=200, deadline=None)
@given(elements())
def test_document_of_any_page_is_valid_and_has_the_same_words(html: str) -> None:
    parts = parts_of(html)
    document = _document(parts)
    assert errors_of(document) == []
    assert _words(document) == words_of(legal(write_plain(parts)))


def test_validation_sees_what_is_not_valid() -> None:
    document = _document(parts_of("<p>a</p>"))
    (post,) = _find(document, _POST)
    etree.SubElement(post, f"{{{NAMESPACE}}}head").text = "after the text"
    assert errors_of(document)


def test_heading_begins_a_division_inside_of_that_of_a_higher_one() -> None:
    document = _document(parts_of("<p>a</p><h2>B</h2><p>b</p><h3>C</h3><p>c</p><h2>D</h2>"))
    assert _texts_at(document, f"{_POST}/t:div/t:head") == ["B", "D"]
    assert _texts_at(document, f"{_POST}/t:div/t:div/t:head") == ["C"]


def test_header_says_what_the_article_is_and_where_its_bytes_are() -> None:
    article = replace(
        make_sample(1), license="https://licence.example/by/4.0", canonical_url="https://b.example/"
    )
    document = etree.fromstring(write_tei(article, parts_of("<p>a</p>")))
    assert errors_of(document) == []

    for path, texts in {
        "titleStmt/t:title": [article.title],
        "titleStmt/t:author/t:persName": list(article.authors),
        "publicationStmt/t:date[@when='2020-01-02T00:00:00+00:00']": ["2020-01-02T00:00:00+00:00"],
        "licence[@target='https://licence.example/by/4.0']": [article.license],
        "keywords/t:term": list(article.tags),
        "idno[@type='capture']": [article.capture_id],
        "idno[@type='WARC']": [f"{article.warc_file}#{article.warc_offset}"],
        "idno[@type='payload-digest']": [article.payload_digest],
        "application/t:p": [article.extractor],
    }.items():
        assert _texts_at(document, f".//t:{path}") == texts, path


def test_article_that_says_little_has_a_valid_document() -> None:
    article = replace(
        make_sample(1), title=None, authors=(), published=None, modified=None, language=None,
        site_name=None, tags=(), description=None, license="All rights reserved", comments=(),
    )  # fmt: skip
    assert errors_of(etree.fromstring(write_tei(article, ()))) == []


def test_answer_stands_inside_of_the_comment_that_it_answers() -> None:
    date = datetime(2026, 1, 2, tzinfo=UTC)
    comments = (
        Comment(author="Cy", published=date, text="One.\n\nTwo."),
        Comment(author=None, published=None, text="Answer \x07.", parent=0),
        *(Comment(author=None, published=None, text="Deep.", parent=n) for n in range(1, 40)),
    )
    article = replace(make_sample(1), comments=comments)
    document = etree.fromstring(write_tei(article, parts_of("<p>a</p>")))
    assert errors_of(document) == []
    (outer,) = _find(document, ".//t:div[@type='comments']/t:div")
    assert _texts_at(outer, "t:p") == ["One.", "Two."]
    assert _texts_at(outer, "t:div/t:p") == ["Answer \ufffd."]
    assert len(_find(document, ".//t:div[@type='comment']")) == len(comments)
