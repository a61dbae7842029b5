"""One request that a plan wants made, and when it is its turn."""

from __future__ import annotations

from collections.abc import Mapping
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
