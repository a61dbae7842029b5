"""What a page names: images, style sheets, fonts and scripts, in elements, attributes and styles.

Left out are documents of their own (frames, PDF files), sound and film, and whatever only a script
knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml.etree import _Element

from scraper.addresses import resolve
from scraper.requisites.css import find_in_css, find_in_style_element
from scraper.requisites.lazy_loading import is_picture, iter_lazy
from scraper.requisites.references import References, Requisite
from scraper.requisites.srcset import iter_srcset

_ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "img": ("src", "lowsrc"),
    "amp-img": ("src",),
    "script": ("src", "data-src"),
    "video": ("poster",),
    "image": ("href", "xlink:href"),  # these three are of SVG
    "feimage": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
_LINKS = frozenset(
    {"stylesheet", "preload", "modulepreload", "manifest", "icon", "mask-icon", "fluid-icon",
     "apple-touch-icon", "apple-touch-icon-precomposed", "apple-touch-startup-image"}
)  # fmt: skip
_PRELOADED = frozenset({"style", "script", "font", "image"})


def find_in_html(tree: _Element, url: str) -> tuple[Requisite, ...]:
    """Find the requisites of a page, style sheets first, then in the order of the page.

    Args:
        tree: the page, as `archive.extraction.tree.parsing.parse_html` gives it.
        url: of the page, after redirects; a ``<base href>`` goes before it.
    """
    references = References(_base(tree, url))
    for element in tree.iter():
        tag = str(element.tag)
        if tag == "style":
            references.merge(find_in_style_element(element.text or "", references.base))
        if element.attrib:
            _read_element(
                tag, {str(name): str(value) for name, value in element.items()}, references
            )
        if references.is_full:
            break
    return references.listed()


def _base(tree: _Element, url: str) -> str:
    for base in tree.iter("base"):
        if href := base.get("href"):
            return resolve(url, href) or url
    return url


def _read_element(tag: str, attributes: dict[str, str], references: References) -> None:
    if tag == "link":
        _read_link(attributes, references)
    for name in _ADDRESSES.get(tag, ()):
        references.add(attributes.get(name))
    if tag == "input" and attributes.get("type", "").lower() == "image":
        references.add(attributes.get("src"))
    elif tag in {"object", "embed"}:
        address = attributes.get("data" if tag == "object" else "src", "")
        if attributes.get("type", "").lower().startswith("image/") or is_picture(address):
            references.add(address)
    for name, value in attributes.items():
        _read_attribute(tag, name, value, references)


def _read_attribute(tag: str, name: str, value: str, references: References) -> None:
    """Read what stands in the same attribute of any element, lazily loaded pictures too."""
    if name == "style" or (name.startswith("data-") and "url(" in value):
        references.merge(find_in_css(value, references.base))
    elif name in {"srcset", "imagesrcset"}:
        for address in iter_srcset(value):
            references.add(address)
    elif name == "background":
        references.add(value)
    else:
        for address in iter_lazy(tag, name, value):
            references.add(address)


def _read_link(attributes: Mapping[str, str], references: References) -> None:
    relations = set(attributes.get("rel", "").lower().split())
    kind = attributes.get("as", "").lower()
    if not relations & _LINKS or (relations == {"preload"} and kind not in _PRELOADED):
        return
    is_style = "stylesheet" in relations or kind == "style"
    for name in ("href", "data-href"):
        references.add(attributes.get(name), is_style=is_style)
