"""Makes new collections: the seed and what was seen of the blog go into ``collection.toml``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive.collection import COLLECTIONS, Collection, collection_path
from archive.collection_names import default_name
from archive.collection_settings import draft_settings, parse_address
from archive.dates import utc_now
from archive.errors import CollectionError
from archive.new_collections.look import BlogLook, describe_posts, describe_rhythm
from archive.new_collections.looking import look_at
from archive.schedule.finding import find_collections
from archive.urls import urlkey


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How new collections are made.

    Attributes:
        root: the directory that they go to.
        is_looked_at: the blog is looked at first.
        contact: where whoever crawls can be reached; goes into ``collection.toml``.
        private_networks: the blog may lie in a private network; likewise.
        settings: of Scrapy for the look alone, each as ``NAME=VALUE``.
    """

    root: Path = COLLECTIONS
    is_looked_at: bool = True
    contact: str | None = None
    private_networks: bool = False
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCollection:
    """What became of the wish for a collection.

    Attributes:
        path: where it is.
        is_new: it was made; else it was there, and is as it was.
        look: what was seen of its blog; None where nobody looked.
    """

    path: Path
    is_new: bool
    look: BlogLook | None = None


class CollectionMaker:
    """Makes collections, each blog's once.

    A blog has a collection already where one of that name is there, or one below the same
    directory that has its address among the seeds.

    Args:
        wishes: how they are made.
        on_look: called with the address of a blog before it is looked at, which may take minutes.
    """

    def __init__(self, wishes: Wishes, on_look: Callable[[str], None] = lambda _: None) -> None:
        self._wishes = wishes
        self._on_look = on_look
        self._by_seed = dict(_iter_seeds(wishes.root))
        self._made: set[Path] = set()

    def has_made(self, path: Path) -> bool:
        """Tell whether a collection was made by this maker, and not there before."""
        return path in self._made

    def make(self, url: str, *, name: str | None = None, title: str | None = None) -> NewCollection:
        """Make the collection of one blog; one that is there already stays as it is.

        Args:
            url: address of the blog, as people write it.
            name: of the collection, or its path; else it is made of the address.
            title: of the blog, where nobody looks.

        Raises:
            CollectionError: it cannot be made, or the blog cannot be looked at.
        """
        try:
            url = parse_address(url)
        except ValueError as error:
            raise CollectionError(str(error)) from error
        path, look = self._place(url, name), None
        if self._wishes.is_looked_at and not Collection.exists(path):
            look = self._look_at(url)
            path = self._place(look.seed, name)
        if Collection.exists(path):
            return NewCollection(path=path, is_new=False, look=look)
        seed = look.seed if look else url
        Collection.create(path, toml=self._draft(seed, _notes(look, title)))
        self._by_seed[urlkey(seed)] = path
        self._made.add(path)
        return NewCollection(path=path, is_new=True, look=look)

    def _place(self, seed: str, name: str | None) -> Path:
        """Say where the collection of a blog is, or is to be."""
        if name:
            return collection_path(name)
        return self._by_seed.get(urlkey(seed)) or self._wishes.root / default_name(seed)

    def _look_at(self, url: str) -> BlogLook:
        self._on_look(url)
        settings = list(self._wishes.settings)  # of two with one name, the last counts
        if self._wishes.contact:
            settings.append(f"CONTACT={self._wishes.contact}")
        if self._wishes.private_networks:
            settings.append("ALLOW_PRIVATE_NETWORKS=True")
        return look_at(url, settings)

    def _draft(self, seed: str, notes: dict[str, list[str]]) -> str:
        values: dict[str, object] = {"seeds": [seed], "cadence": "auto"}
        if self._wishes.contact:
            values["contact"] = self._wishes.contact
        if self._wishes.private_networks:
            values["private_networks"] = True
        return draft_settings(values, notes)


def _iter_seeds(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the seeds of the collections below a directory, as far as they can be read."""
    for path in find_collections(root) if root.is_dir() else ():
        with suppress(CollectionError):  # `archive status` tells what is wrong with it
            yield from ((urlkey(seed), path) for seed in Collection.open(path).seeds)


def _notes(look: BlogLook | None, title: str | None) -> dict[str, list[str]]:
    if look is None:
        return {"": [title]} if title else {}
    seen = [look.platform, describe_posts(look), f"as seen on {utc_now():%Y-%m-%d}"]
    notes = {"": [*filter(None, [look.title]), ", ".join(filter(None, seen))]}
    if rhythm := describe_rhythm(look.dates):
        notes["cadence"] = [f"The blog has {rhythm}."]
    if look.crawl_delay_s:
        notes["politeness.crawl_delay_max"] = [f"Its robots.txt asks for {look.crawl_delay_s:g} s."]
    return notes
