"""Rows of a table that are no part of the post are not written."""

from __future__ import annotations

import lxml.html

from archive.extraction.tree.blocks import text_blocks
from archive.extraction.tree.page_blocks import cut_of, read_blocks

_TABLE = (
    "<div><table><thead><tr><th>Day<th>Rain</thead><tbody><tr><td>1<td>0.5<tr><td>2<td>3</tbody>"
    "<tfoot><tr><td>Sold<td>by us</tfoot></table></div>"
)


def test_rows_that_a_cut_drops_are_not_written() -> None:
    root = lxml.html.fromstring(_TABLE)
    blocks = read_blocks(root)
    cut = cut_of([b for b in blocks if b.text not in ("1 0.5", "Sold by us")], blocks, "test")
    assert cut is not None
    assert text_blocks(cut.root, cut.dropped, cut.muted) == ["Day\tRain\n2\t3"]


def test_table_inside_of_a_table_keeps_its_rows_to_itself() -> None:
    html = "<div><table><tr><td>a<td><table><tr><td>b<td>c</table></table></div>"
    assert text_blocks(lxml.html.fromstring(html)) == ["a", "b\tc"]
