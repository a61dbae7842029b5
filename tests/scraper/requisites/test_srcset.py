"""Which images a srcset names, as the HTML standard parses it."""

from __future__ import annotations

import pytest

from scraper.requisites.srcset import iter_srcset


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("", []),
        (" , ,, ", []),
        ("ford.png", ["ford.png"]),
        ("ford.png 1x,ford-2.png 2x", ["ford.png", "ford-2.png"]),
        ("ford.png, ford-2.png", ["ford.png", "ford-2.png"]),
        ("\n\tford.png 300w,\n\tford-2.png 600w,\n", ["ford.png", "ford-2.png"]),
        # A comma belongs to the address unless white space or the end follows it.
        ("/w_300,h_200/ford.png 300w, /w_600,h_400/ford.png 600w",
         ["/w_300,h_200/ford.png", "/w_600,h_400/ford.png"]),
        ("ford.png,, ferry.png", ["ford.png", "ferry.png"]),
        ("a.png,b.png 2x", ["a.png,b.png"]),
        ("ford.png (a,b) 2x, ferry.png", ["ford.png", "ferry.png"]),
        ("ford.png (never closed, ferry.png", ["ford.png"]),
        ("data:image/png;base64,iVB 1x, a.png 2x", ["data:image/png;base64,iVB", "a.png"]),
        ("ford.png 300w 200h future-word, ferry.png", ["ford.png", "ferry.png"]),
    ],
)  # fmt: skip
def test_candidates_are_parted_as_in_the_standard(value: str, urls: list[str]) -> None:
    assert list(iter_srcset(value)) == urls


def test_a_long_srcset_takes_no_longer_than_its_length_asks_for() -> None:
    assert len(list(iter_srcset("ford.png 1x, " * 50_000))) == 50_000
    assert list(iter_srcset("ford.png " + "(" * 300_000)) == ["ford.png"]
