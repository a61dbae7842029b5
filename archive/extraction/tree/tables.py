"""Tables: which rows and cells they have, and whether they hold data or only place blocks."""

from __future__ import annotations

from lxml.etree import _Element


def table_cells(table: _Element, dropped: frozenset[_Element]) -> list[list[_Element]]:
    """List the cells of a table row by row, without those of a table inside of it.

    Args:
        table: the table.
        dropped: cells, rows and groups of rows that are left out.
    """
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]
    return [
        [cell for cell in row if cell.tag in ("td", "th") and cell not in dropped]
        for row in rows
        if row not in dropped and row.getparent() not in dropped
    ]


def places_blocks(table: _Element, cells: list[list[_Element]]) -> bool:
    """Tell whether a table has no data: code, one column, a table inside, paragraphs in a cell."""
    if max(map(len, cells), default=0) < 2:
        return True
    if table.find(".//pre") is not None or table.find(".//table") is not None:
        return True
    return any(len(cell.findall(".//p")) > 1 for row in cells for cell in row)
