"""What tells that a known page is no longer there, or that a whole site does not answer."""

from __future__ import annotations

from archive.records import Capture
from archive.revisiting import is_passing
from scraper.discovery import Fetch
from scraper.plan import Plan

_GONE = frozenset({404, 410})
_SILENCE = 5  # requests in a row without a usable answer: it is not about the page


class Absences:
    """Judges the answers of one crawl, in the order in which they come.

    Attributes:
        has_heard: anything was answered in a usable way.
    """

    def __init__(self) -> None:
        self.has_heard = False
        self._home_pages: set[str] = set()  # payload digests
        self._silent_in_a_row = 0

    def note_answer(self, fetch: Fetch, capture: Capture | None) -> None:
        """Take note of a usable answer; the seed's is the home page."""
        self.has_heard = True
        self._silent_in_a_row = 0
        if capture and fetch.purpose == "seed":
            self._home_pages.add(capture.payload_digest)

    def is_home_page(self, plan: Plan, fetch: Fetch, capture: Capture) -> bool:
        """Tell whether a known page is answered with the home page instead."""
        is_same = capture.payload_digest in self._home_pages
        return is_same and fetch.purpose == "candidate" and plan.knows(fetch.discovery.url)

    def is_gone(self, plan: Plan, fetch: Fetch, status: int) -> bool:
        """Tell whether a refusal says that a known page is no longer there.

        Where no list names it any more, any refusal does that is not about the moment.
        """
        url = fetch.discovery.url
        if fetch.role != "page" or not plan.knows(url):
            return False
        return status in _GONE or (url in plan.unlisted and not is_passing(f"HTTP {status}"))

    def note_failure(self, name: str) -> bool:
        """Take note of a failure; tell whether the site has now been silent for too long.

        One page that fails says nothing of the others; so many in a row say that the network was
        lost, or the server is down.
        """
        self._silent_in_a_row = self._silent_in_a_row + 1 if is_passing(name) else 0
        return self._silent_in_a_row == _SILENCE
