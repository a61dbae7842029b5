"""Which records a collection has, those included that an import has just brought."""

from __future__ import annotations

import sqlite3

from archive.catalogue import Catalogue


class RecordIds:
    """The ids of the captures in a collection; what is added lies in a temporary file.

    Args:
        catalogue: of the collection.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._added = sqlite3.connect("", isolation_level=None)  # "": a file that nobody else sees
        self._added.execute("CREATE TABLE added (record_id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._added.execute("BEGIN")

    def close(self) -> None:
        """Forget all of it."""
        self._added.close()

    def add(self, record_id: str) -> bool:
        """Add an id; tell whether it is new."""
        added = self._added.execute("INSERT OR IGNORE INTO added VALUES (?)", (record_id,))
        if not added.rowcount:
            return False
        statement = "SELECT 1 FROM captures WHERE record_id = ?"
        return next(self._catalogue.query(statement, record_id), None) is None

    def keep(self) -> None:
        """Keep what was added since the last call."""
        self._added.execute("COMMIT")
        self._added.execute("BEGIN")

    def drop(self) -> None:
        """Take back what was added since the last `keep`."""
        self._added.execute("ROLLBACK")
        self._added.execute("BEGIN")
