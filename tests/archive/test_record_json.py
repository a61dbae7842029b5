from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.record_json import from_json, from_json_line, to_json, to_json_line
from archive.records import (
    Article,
    Comment,
    Crawl,
    Discovery,
    Exchange,
    Extraction,
    Hints,
    Origin,
    PageType,
)
from tests.archive.sample_records import make_crawl, make_sample

_DATES = st.datetimes(timezones=st.just(UTC))
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    st.builds(
        Origin,
        role=st.sampled_from(["page", "continuation", "source"]),
        discovery=st.builds(
            Discovery,
            url=_TEXTS,
            methods=st.lists(st.sampled_from(["seed", "feed", "link"])).map(tuple),
            via=st.none() | _TEXTS,
            hops_from_seed=st.integers(),
            lastmod=st.none() | _DATES,
            hints=st.builds(
                Hints,
                title=st.none() | _TEXTS,
                authors=st.lists(_TEXTS).map(tuple),
                published=st.none() | _DATES,
            ),
        ),
    )
)
def test_an_origin_comes_back_from_its_line_as_it_was(origin: Origin) -> None:
    line = to_json_line(origin)
    assert "\n" not in line
    assert from_json_line(Origin, line) == origin


@pytest.mark.parametrize("record", [make_sample(1), make_crawl()])
def test_nested_records_come_back_as_they_were(record: Article | Crawl) -> None:
    assert from_json(type(record), json.loads(json.dumps(to_json(record)))) == record


def test_a_lone_surrogate_becomes_a_replacement_character_and_the_line_is_utf8() -> None:
    comment = Comment(author=None, published=None, text="a \ud800 b 😀")
    line = to_json_line(comment).encode()
    assert from_json_line(Comment, line).text == "a \ufffd b 😀"


def test_dates_come_back_with_their_zone_and_without_one_are_utc() -> None:
    there = datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    comment = Comment(author=None, published=there, text="")
    back = from_json(Comment, to_json(comment)).published
    assert back is not None
    assert back.isoformat() == "2024-01-01T02:00:00+02:00"
    bare = from_json(Comment, {**to_json(comment), "published": "2024-01-01"}).published
    assert bare == datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("record_type", "data", "complaint"),
    [
        (Discovery, {"methods": []}, "url"),
        (Discovery, {"url": 1, "methods": []}, "Discovery.url: 1 is not of type str"),
        (Discovery, {"url": "u", "methods": ["telepathy"]}, "telepathy"),
        (Discovery, {"url": "u", "methods": "seed"}, "not of type list"),
        (Discovery, {"url": "u", "methods": [], "hops_from_seed": True}, "hops_from_seed"),
        (Discovery, {"url": "u", "methods": [], "lastmod": "soon"}, "lastmod"),
        (Discovery, {"url": "u", "methods": [], "hints": {"tags": [1]}}, "hints: Hints.tags"),
        (Extraction, {"page_type": "novel"}, "page_type"),
        (Crawl, {**to_json(make_crawl()), "stats": [["a", 1, 2]]}, "stats"),
        (Extraction, [], "not of type Mapping"),
    ],
)
def test_data_that_is_no_such_record_is_refused_by_the_name_of_its_field(
    record_type: type, data: Any, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        from_json(record_type, data)


def test_unknown_fields_are_passed_over_so_that_newer_files_can_be_read() -> None:
    data = {**to_json(Extraction(page_type=PageType.PAGE)), "mood": "good"}
    assert from_json(Extraction, data) == Extraction(page_type=PageType.PAGE)


def test_a_line_that_is_cut_off_is_an_error_and_bytes_have_no_json_form() -> None:
    with pytest.raises(ValueError, match="Unterminated"):
        from_json_line(Comment, '{"author": "A')
    exchange = Exchange(
        target_uri="u", date=datetime(2024, 1, 1, tzinfo=UTC), request=b"", response=b""
    )
    with pytest.raises(TypeError, match="bytes has no JSON form"):
        to_json(exchange)
