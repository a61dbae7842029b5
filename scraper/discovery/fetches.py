"""The requests that a plan wants made, and when it is the turn of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from archive.records import Discovery, Role, Stage

Purpose = Literal["seed", "robots", "source", "listing", "candidate"]

PRIORITIES: Mapping[Purpose, int] = {
    "seed": 100, "robots": 90, "source": 80, "listing": 50, "candidate": 10,
}  # fmt: skip
UNLISTED_PRIORITY = 0  # of candidates that only links name


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One request that the plan wants made.

    Attributes:
        purpose: what the answer is for. Answers to `seed`, `listing` and `candidate` are pages.
        source: the reader that the answer is for, of a `source`.
        priority: higher ones first, so that posts are asked for when all is known about them.
    """

    discovery: Discovery
    purpose: Purpose
    source: str | None = None
    priority: int = 0

    @property
    def role(self) -> Role:
        """What the capture of the answer is."""
        return "source" if self.purpose in {"robots", "source"} else "page"

    @property
    def stage(self) -> Stage:
        """Where a request without an answer has failed."""
        return "discover" if self.role == "source" else "fetch"


class Fetches:
    """The requests of one plan: those that are open, and those that are for no post."""

    def __init__(self) -> None:
        self._open: Counter[Purpose] = Counter()
        self._others: dict[str, Discovery] = {}  # seed, robots.txt, lists and listing pages

    def begin(self, discovery: Discovery, purpose: Purpose, source: str | None = None) -> Fetch:
        """Want a request made, which is open from now on."""
        self._open[purpose] += 1
        if purpose != "candidate":
            self._others[discovery.url] = discovery
        unlisted = purpose == "candidate" and discovery.methods == ("link",)
        priority = UNLISTED_PRIORITY if unlisted else PRIORITIES[purpose]
        return Fetch(discovery=discovery, purpose=purpose, source=source, priority=priority)

    def end(self, fetch: Fetch) -> None:
        """Take note that there is an answer to a request, or that there will be none."""
        self._open[fetch.purpose] -= 1

    def any_open(self, purposes: Iterable[Purpose]) -> bool:
        """Whether a request for one of these purposes is open."""
        return any(self._open[purpose] for purpose in purposes)

    def find(self, url: str) -> Discovery | None:
        """Find how an address was found that was asked for as anything but a post."""
        return self._others.get(url)
