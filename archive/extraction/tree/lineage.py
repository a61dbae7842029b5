"""Where elements stand in the tree, asked of many of them at once.

A page may be nested deeply on purpose. What was found of an element is kept, so that each is looked
at once however many blocks stand in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from lxml.etree import _Element


class Inside:
    """The elements that are some others, or stand in one of them.

    Args:
        outer: those others.
    """

    def __init__(self, outer: Iterable[_Element]) -> None:
        self._known = dict.fromkeys(outer, True)

    def __contains__(self, element: _Element) -> bool:
        climbed: list[_Element] = []
        current: _Element | None = element
        while current is not None and current not in self._known:
            climbed.append(current)
            current = current.getparent()
        found = current is not None and self._known[current]
        self._known.update(dict.fromkeys(climbed, found))
        return found


class Forms:
    """As what an element stands on the page, by the nearest tag around it that says so.

    Args:
        names: of the forms, by tag.
        other: the form of what stands in none of these tags.
    """

    def __init__(self, names: Mapping[str, str], other: str) -> None:
        self._names = names
        self._other = other
        self._known: dict[_Element, str] = {}

    def of(self, element: _Element) -> str:
        """Give the form of an element."""
        climbed: list[_Element] = []
        current: _Element | None = element
        form = self._other
        while current is not None:
            found = self._known.get(current) or self._names.get(current.tag)
            if found is not None:
                form = found
                break
            climbed.append(current)
            current = current.getparent()
        self._known.update(dict.fromkeys(climbed, form))
        return form


class Boxes:
    """The outermost element around one that holds none of some others.

    Args:
        around: the others, with all that they stand in.
    """

    def __init__(self, around: Set[_Element]) -> None:
        self._around = around
        self._known: dict[_Element, _Element] = {}

    def of(self, element: _Element) -> _Element:
        """Give the box of an element; the element itself where nothing is around it alone."""
        climbed: list[_Element] = []
        current = element
        while current not in self._known:
            climbed.append(current)
            outer = current.getparent()
            if outer is None or outer in self._around:
                break
            current = outer
        box = self._known.get(current, current)
        self._known.update(dict.fromkeys(climbed, box))
        return box


def elements_around(elements: Iterable[_Element]) -> set[_Element]:
    """Give elements with all that they stand in."""
    around: set[_Element] = set()
    for element in elements:
        current: _Element | None = element
        while current is not None and current not in around:
            around.add(current)
            current = current.getparent()
    return around
