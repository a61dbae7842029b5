"""One extraction worker: a process that reads jobs from a connection and answers each.

Started by `archive.extraction.workers.ExtractionPool` as ``python -m archive.extraction.worker FD
MEMORY_LIMIT_BYTES PARENT_PID``. It ends when its connection is closed; on Linux it is killed with
the process that started it, so that a page that never ends does not outlive a killed crawl.
"""

from __future__ import annotations

import logging
import resource
import sys
from multiprocessing.connection import Connection

from archive.errors import ExtractionError
from archive.extraction.post_parts import read_parts
from archive.extraction.reading import Reading
from archive.extraction.site.site_profile import SiteProfile
from archive.extraction.testimony.witnesses import Witness
from archive.lifetime import die_with
from archive.records import Hints

JOBS_PER_WORKER = 5_000
"""After so many jobs a worker retires: what a library leaks does not add up for ever."""


Request = tuple[str, tuple[bytes, ...], Hints, SiteProfile | None, tuple[Witness, ...]]
"""A job as it crosses the connection: URL, blocks, hints, site profile, witnesses."""

Reply = tuple[Reading | None, str | OSError, bool]
"""Its answer: the result or None, what went wrong, and whether the worker now retires."""


def serve(connection: Connection) -> None:
    """Answer jobs until the connection is closed or the worker retires."""
    for served in range(1, JOBS_PER_WORKER + 1):
        try:
            request: Request = connection.recv()
        except (EOFError, OSError):
            return
        reply = _answer(request, retires=served == JOBS_PER_WORKER)
        connection.send(reply)
        if reply[2]:
            return


def _answer(request: Request, *, retires: bool) -> Reply:
    url, blocks, hints, site, witnesses = request
    try:
        result = read_parts(blocks, url, hints=hints, site=site, witnesses=witnesses)
    except MemoryError:
        return None, "MemoryError: the page needs more memory than a worker may use", True
    except ExtractionError as error:  # the pool puts the URL before the message again
        return None, str(error).removeprefix(f"{url}: "), retires
    except OSError as error:  # nothing in a page is a file: the machine lacks room, or handles
        return None, OSError(error.errno, error.strerror or str(error)), retires
    except Exception as error:  # noqa: BLE001 - the main loop: a page must not end the worker
        return None, f"{type(error).__name__}: {error}"[:500], retires
    return result, "", retires


def main() -> None:
    """Run a worker on the descriptor, with the memory limit and for the parent that are named."""
    descriptor, memory_limit_bytes, parent_pid = map(int, sys.argv[1:4])
    # The end of the connection would be noticed between two pages only. The thread of the pool that
    # started this process stops it before it ends itself.
    die_with(parent_pid)
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit_bytes, memory_limit_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)  # libraries' remarks on single pages
    with Connection(descriptor) as connection:
        serve(connection)


if __name__ == "__main__":
    main()
