"""Makes one collection of several."""

from archive.merging.merge import Merged, merge

__all__ = ["Merged", "merge"]
