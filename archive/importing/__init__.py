"""Takes archive files of other programs (WARC, ARC, WACZ) into a collection.

`sources` opens packages, `stretches` decompresses, `warc_heads` and `arc_heads` find where records
begin, `conversion` and `repacking` put what is whole into one file in this project's form,
`import_log` says in the collection what was taken. `importer` does all of it for one file,
`destination` makes the collection where it is new, and `gaps` says what is missing afterwards.
"""

from archive.importing.destination import destination
from archive.importing.gaps import iter_missing_pages, iter_unresolved
from archive.importing.importer import Importer, Taken

__all__ = ["Importer", "Taken", "destination", "iter_missing_pages", "iter_unresolved"]
