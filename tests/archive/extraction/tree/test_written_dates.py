"""Days and instants, as pages and feeds write them."""

from __future__ import annotations

import pytest

from archive.extraction.tree.written_dates import parse_date


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        pytest.param("January 2, 2020 1:00 pm", "2020-01-02T00:00:00+00:00", id="afternoon"),
        pytest.param("Thu, 2 Jan 2020 1:00 pm", "2020-01-02T00:00:00+00:00", id="after a weekday"),
        pytest.param("Thu, 02 Jan 2020 13:00:00 +0200", "2020-01-02T13:00:00+02:00", id="rfc 9110"),
        pytest.param("2 Jan 2020 13:00:00 GMT", "2020-01-02T13:00:00+00:00", id="no weekday"),
        pytest.param("23.07.2025 · 5 min", "2025-07-23T00:00:00+00:00", id="points"),
        pytest.param("23. 07. 2025", "2025-07-23T00:00:00+00:00", id="points and spaces"),
        pytest.param("24. heinäkuuta 2017", "2017-07-24T00:00:00+00:00", id="finnish"),
        pytest.param("12 באוגוסט 2021", "2021-08-12T00:00:00+00:00", id="hebrew"),
        pytest.param("12 d’agost 2020", "2020-08-12T00:00:00+00:00", id="catalan"),
        pytest.param("5 Μαρτίου 2019", "2019-03-05T00:00:00+00:00", id="greek"),
    ],
)
def test_day_is_read_in_its_form_and_language(written: str, instant: str) -> None:
    found = parse_date(written)
    assert found is not None
    assert found.isoformat() == instant


@pytest.mark.parametrize("written", ["31 June 2020", "3/4/2021", "12 steps 2020", "1850-01-01"])
def test_what_is_no_certain_day_is_none(written: str) -> None:
    assert parse_date(written) is None
