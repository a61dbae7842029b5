"""The page lists of a WACZ file against its indexes and its WARC files."""

from __future__ import annotations

from datetime import UTC

from archive.errors import PackageError
from archive.verification.findings import make_finding
from archive.verification.kinds import Kind
from archive.verification.ledger import Ledger
from archive.wacz.layout import PAGES
from archive.wacz.reader import WaczReader

_IS_HTML = "mime IN ('text/html', 'application/xhtml+xml') AND status BETWEEN 200 AND 299"
_ANY_HTML = f"SELECT 1 FROM lines WHERE target = ? AND {_IS_HTML} LIMIT 1"  # noqa: S608
_UNLISTED = (
    "SELECT count(*) AS number, min(c.target_uri) AS url FROM captures AS c"  # noqa: S608
    " JOIN files AS f ON f.file = c.file LEFT JOIN origins AS o ON o.capture_id = c.record_id"
    " AND o.target = f.target"
    f" WHERE f.target = ? AND c.{_IS_HTML} AND coalesce(o.role, 'page') = 'page' AND NOT EXISTS"
    " (SELECT 1 FROM pages AS p WHERE p.target = f.target AND p.url = c.target_uri)"
)


class PageListChecks:
    """Verifies the page lists of one package, whose lines and captures are in the ledger.

    Args:
        wacz: the open package.
        ledger: holds lines and captures, and gets the pages.
        target: the package.
        is_ours: this program made it.
    """

    def __init__(self, wacz: WaczReader, ledger: Ledger, target: int, *, is_ours: bool) -> None:
        self._wacz = wacz
        self._ledger = ledger
        self._target = target
        self._is_ours = is_ours
        self._is_whole = True  # all lists could be read to their ends

    def check(self) -> None:
        """Compare the lists both ways."""
        self._ledger.execute(
            "CREATE INDEX IF NOT EXISTS lines_by_url ON lines (target, url, timestamp)"
        )
        numbers = {name: self._check_list(name) for name in self._wacz.page_list_names}
        self._ledger.execute("CREATE INDEX IF NOT EXISTS pages_by_url ON pages (target, url)")
        if not self._is_whole or PAGES not in numbers:  # reported with the package
            return
        is_any_listed = any(numbers.values())
        if not numbers[PAGES] and self._has_pages(is_any_listed=is_any_listed):
            message = "no page is listed, although there are captures of pages"
            self._report(Kind.PAGES_EMPTY, message, PAGES)
        if self._is_ours and is_any_listed:
            (unlisted,) = self._ledger.query(_UNLISTED, self._target)
            if unlisted["number"]:
                message = f"{unlisted['number']:,} captured pages are on no list: {unlisted['url']}"
                self._report(Kind.PAGE_UNLISTED, message, PAGES)

    def _has_pages(self, *, is_any_listed: bool) -> bool:
        """Tell whether something belongs on the list: in packages of this program, articles."""
        if self._is_ours and is_any_listed:
            articles = "SELECT 1 FROM outcomes WHERE target = ? LIMIT 1"
            return any(self._ledger.query(articles, self._target))
        return any(self._ledger.query(_ANY_HTML, self._target))

    def _check_list(self, name: str) -> int:
        number = 0
        try:
            for page in self._wacz.iter_pages(name):
                number += 1
                timestamp = f"{page.date.astimezone(UTC):%Y%m%d%H%M%S}"
                self._ledger.add("pages", self._target, name, number, page.url, timestamp)
                self._check_page(name, page.url, timestamp)
        except PackageError:  # reported with the package
            self._is_whole = False
        self._ledger.count(self._target, "pages", number)
        return number

    def _check_page(self, name: str, url: str, timestamp: str) -> None:
        """Look a page up in the indexes, by its address and time, as a replay program does."""
        rows = self._ledger.query(
            "SELECT timestamp FROM lines WHERE target = ? AND url = ?"
            " AND capture IS NOT NULL ORDER BY timestamp <> ? LIMIT 1",
            self._target,
            url,
            timestamp,
        )
        found = next((row["timestamp"] for row in rows), None)
        if found is None:
            self._report(Kind.PAGE_NOT_CAPTURED, f"no capture of {url} is indexed", name)
        elif found != timestamp:  # others state when the page was opened, not when it was fetched
            message = f"no capture of {url} is indexed at {timestamp}, but one at {found}"
            self._report(Kind.PAGE_NOT_CAPTURED, message, name, minor=not self._is_ours)

    def _report(self, kind: Kind, message: str, name: str, *, minor: bool = False) -> None:
        file = f"{self._wacz.path}!{name}"
        self._ledger.report(self._target, make_finding(kind, message, file=file, minor=minor))
