"""Finishes what was filed: what says nothing new is left out, pages settled, versions numbered.

Every crawl, import, rebuild and recovery ends with it, before the article files are sealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archive.articles.store import ArticleStore
from archive.catalogue import Catalogue
from archive.repeated_payloads import leave_out_repeated_payloads
from archive.settling import Settled, Settling, Track
from archive.stored_messages import MessageReader
from archive.unheeded import note_unheeded
from archive.versions import number_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Finishing:
    """Brings the pages of a collection, which the caller has locked, to their final state.

    Attributes:
        catalogue: of the collection.
        store: its articles; what is written waits there to be sealed.
        messages: reads its pages.
        processes: that extract; 0 leaves pages as they were read alone.
    """

    catalogue: Catalogue
    store: ArticleStore
    messages: MessageReader
    processes: int

    def run(
        self,
        *,
        crawl_ids: Iterable[str] = (),
        renew: bool = False,
        limit_s: float | None = None,
        track: Track = lambda pages, _: pages,
    ) -> Settled:
        """Leave out, settle and number; what was done before costs little.

        Args:
            crawl_ids: of the crawls whose pages were filed just now.
            renew: as in `Settling.run`.
            limit_s: as in `Settling.run`.
            track: as in `Settling.run`.

        Returns:
            How many pages were read again, and how many are still to be.

        Raises:
            ArchiveError: index, articles or catalogue cannot be used.
            OSError: the disk is full or refuses.
        """
        leave_out_repeated_payloads(self.catalogue, self.store, crawl_ids)
        settled = self._settle(renew=renew, limit_s=limit_s, track=track)
        if self._number() and self.processes:
            # Rows that were left out as repetitions are none any more, and are read again.
            settled = self._settle(renew=False, limit_s=limit_s, track=track)
            self._number()
        return settled

    def _number(self) -> int:
        note_unheeded(self.catalogue)
        return number_versions(self.catalogue, self.store)

    def _settle(self, *, renew: bool, limit_s: float | None, track: Track) -> Settled:
        if not self.processes:
            return Settled(read_count=0, left_count=0)
        settling = Settling(self.catalogue, self.store, self.messages, processes=self.processes)
        return settling.run(renew=renew, limit_s=limit_s, track=track)
