"""The error tree: every error that this project raises on purpose.

    ArchiveError
    ├── CollectionError             a collection directory cannot be used as asked
    │   └── SettingsError           its collection.toml says what cannot be followed (mistakes)
    ├── WarcError                   a WARC file cannot be read or written (path, offset)
    │   ├── TruncatedRecordError    the file ends inside a record
    │   └── DigestMismatchError     the bytes do not match the digest that was recorded
    ├── CaptureNotFoundError        no capture of that URL (urlkey, date)
    ├── BodyTooLargeError           a body is longer, decoded, than allowed (max_size_bytes)
    ├── CatalogueError              the catalogue cannot be read or written
    ├── PackageError                a WACZ file cannot be read or written
    ├── ReplayError                 pywb is not there, or cannot replay a collection
    └── ExtractionError             one page could not be extracted (url)
        ├── ExtractionRefusedError  the machine refused what it takes: a file, a process
        ├── ExtractionTimeoutError  it took longer than its limit (limit_s)
        └── ExtractionCrashError    the worker process died (exit_code)

A command prints such an error as one line and exits with a status other than 0.
"That page holds no article" is no error: it is a `PageType`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path


class ArchiveError(Exception):
    """Anything that this project reports to its user as an error."""


class CollectionError(ArchiveError):
    """A collection directory is missing, locked, malformed, or not a collection."""


class SettingsError(CollectionError):
    """A ``collection.toml`` says what cannot be followed; printed, a line for each mistake.

    Attributes:
        mistakes: each with its file and line.
    """

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class WarcError(ArchiveError):
    """A WARC file cannot be read or written at the given place.

    Attributes:
        path: the file.
        offset: where in the (compressed) file the record starts, in bytes; None where unknown.
    """

    def __init__(self, message: str, *, path: Path | str, offset: int | None = None) -> None:
        place = f"{path}" if offset is None else f"{path} at offset {offset}"
        super().__init__(f"{place}: {message}")
        self.path = Path(path)
        self.offset = offset


class TruncatedRecordError(WarcError):
    """The file ends inside a record: its writer was stopped, or its tail was cut off."""


class DigestMismatchError(WarcError):
    """The bytes of a record do not match the digest that was recorded with it."""

    def __init__(
        self, *, path: Path | str, offset: int | None = None, expected: str, computed: str
    ) -> None:
        super().__init__(
            f"digest mismatch: recorded {expected}, computed {computed}", path=path, offset=offset
        )
        self.expected = expected
        self.computed = computed


class CaptureNotFoundError(ArchiveError):
    """No capture of that URL is in the collection."""

    def __init__(self, urlkey: str, date: datetime | None = None) -> None:
        when = "" if date is None else f" at {date.isoformat()}"
        super().__init__(f"no capture of {urlkey}{when}")
        self.urlkey = urlkey
        self.date = date


class BodyTooLargeError(ArchiveError):
    """The body of a message, or a stage of its decoding, is longer than allowed."""

    def __init__(self, max_size_bytes: int) -> None:
        super().__init__(f"the decoded body is longer than {max_size_bytes} bytes")
        self.max_size_bytes = max_size_bytes


class CatalogueError(ArchiveError):
    """The catalogue cannot be read or written."""


class PackageError(ArchiveError):
    """A WACZ file cannot be read or written."""


class ReplayError(ArchiveError):
    """The program pywb is not there, or cannot replay a collection."""


class ExtractionError(ArchiveError):
    """One page could not be extracted."""

    def __init__(self, message: str, *, url: str) -> None:
        super().__init__(f"{url}: {message}")
        self.url = url


class ExtractionRefusedError(ExtractionError):
    """The machine refused a file or a process that it takes; the page may be read another time."""


class ExtractionTimeoutError(ExtractionError):
    """Extraction took longer than its limit, and its worker was stopped."""

    def __init__(self, *, url: str, limit_s: float) -> None:
        super().__init__(f"extraction took longer than {limit_s:g} s", url=url)
        self.limit_s = limit_s


class ExtractionCrashError(ExtractionError):
    """The worker process died while it extracted this page."""

    def __init__(self, *, url: str, exit_code: int) -> None:
        super().__init__(f"the extraction worker died with exit code {exit_code}", url=url)
        self.exit_code = exit_code
