"""The lines of keys are found in whatever spelling TOML allows."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.collection_settings.draft import draft_settings
from archive.collection_settings.places import find_places

_ODD = '''\
# a comment [x] = "
seeds = [ # one
  "a # ]", 'b]',
  """x
"y" """"",
  \'\'\'z
' ]\'\'\', # t
] # e
cadence = 1.5
moment = 2024-01-01 10:00:00.5
"quoted.key".y = {a = 1, "b" = [1,
  [2]]}

  [ table . 'in' ]
k.l = "]\\""
[[list]]
a=1
[list.below]
b=2
[[list]]
a=3
'''


def _read(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("seeds",), 2),
        (("seeds", 1), 3),
        (("seeds", 2), 4),
        (("seeds", 3), 6),
        (("cadence",), 9),
        (("moment",), 10),
        (("quoted.key", "y", "b"), 11),
        (("quoted.key", "y", "b", 1), 12),
        (("table",), 14),
        (("table", "in", "k", "l"), 15),
        (("list", 0, "a"), 17),
        (("list", 0, "below", "b"), 19),
        (("list", 1), 20),
        (("list", 1, "a"), 21),
    ],
    ids=str,
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_every_spelling_of_a_key_has_its_line(
    path: tuple[str | int, ...], line: int, end: str
) -> None:
    text = _ODD.replace("\n", end)
    assert _read(tomllib.loads(text), path) is not None
    assert find_places(text)[path] == line


@given(st.lists(st.text()), st.lists(st.text(), max_size=3))
def test_no_value_and_no_comment_hides_what_follows(seeds: list[str], notes: list[str]) -> None:
    text = draft_settings({"seeds": seeds, "hooks.timeout": "9s"}, {"seeds": notes})
    assert tomllib.loads(text)["hooks"]["timeout"] == "9s"
    line = find_places(text)["hooks", "timeout"]
    assert text.split("\n")[line - 1] == 'timeout = "9s"'
