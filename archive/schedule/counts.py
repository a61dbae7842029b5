"""What one crawl found, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

from archive.catalogue import CatalogueReader, account


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlCounts:
    """What one crawl found, in a few numbers; sums of several add up."""

    new: int = 0  # articles that the collection did not have
    changed: int = 0  # articles of which it has another version now, or further comments
    gone: int = 0  # pages that are no longer there
    failed: int = 0  # pages
    requests: int = 0
    size_bytes: int = 0  # of the records of these requests

    def __add__(self, other: CrawlCounts) -> CrawlCounts:
        """Add up two crawls."""
        return CrawlCounts(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            gone=self.gone + other.gone,
            failed=self.failed + other.failed,
            requests=self.requests + other.requests,
            size_bytes=self.size_bytes + other.size_bytes,
        )


def count_crawl(catalogue: CatalogueReader, crawl_id: str) -> CrawlCounts:
    """Count what a crawl found; it costs as much as the crawl was long."""
    accounting = account(catalogue, crawl_id)
    (captures,) = catalogue.query(
        "SELECT count(*) AS requests, coalesce(sum(length), 0) AS size_bytes FROM captures"
        " WHERE crawl_id = ?",
        crawl_id,
    )
    return CrawlCounts(
        new=accounting.new,
        changed=accounting.changed + accounting.commented,
        gone=sum(accounting.gone.values()),
        failed=sum(accounting.failed.values()),
        requests=captures["requests"],
        size_bytes=captures["size_bytes"],
    )
