"""One crawl at a time on each host, whoever started it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from archive.collection_names import default_name
from archive.schedule.state import CollectionState
from scraper.addresses import site_of

_LOCKS = ".hosts"  # below the root; a name with a dot is no collection


def hosts_of(urls: Iterable[str]) -> frozenset[str]:
    """Name the hosts of addresses, each spelled in one way.

    Scheme, port and ``www.`` make no difference: they are doors of one house. Two names count as
    two hosts even where they have one address, for the large platforms serve a hundred thousand
    blogs from one, and are not burdened by two of them at a time.

    >>> sorted(hosts_of(["https://www.Blog.example/", "http://blog.example:8080/notes/"]))
    ['blog.example']
    """
    return frozenset(host for url in urls if (host := site_of(url)[0]))


def hosts_of_blog(state: CollectionState) -> frozenset[str]:
    """Name the hosts of a collection: those of its seeds, and those that they redirected to."""
    return hosts_of((*state.collection.seeds, *state.history.pages))


class HostLocks:
    """Locks on hosts, which a crawl inherits and holds until its own end.

    Each is an empty file below the root that is locked; the lock lives as long as anybody has the
    file open. So it outlasts the schedule that took it, where that is killed and its crawls go on,
    and a second schedule sees it.

    Args:
        root: where the collections lie.
    """

    def __init__(self, root: Path) -> None:
        self._directory = root / _LOCKS

    def take(self, hosts: Iterable[str], held: ExitStack) -> list[int] | None:
        """Lock hosts, all or none.

        Args:
            hosts: to be locked.
            held: closes the files; the locks go then, unless a crawl has inherited them.

        Returns:
            The file descriptors for the crawl to inherit, or None where another crawl has one.

        Raises:
            OSError: the files cannot be made.
        """
        self._directory.mkdir(exist_ok=True)
        with ExitStack() as on_refusal:
            descriptors = []
            for host in sorted(hosts):
                path = self._directory / default_name(f"http://{host}/")
                descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
                on_refusal.callback(os.close, descriptor)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return None
                descriptors.append(descriptor)
            held.push(on_refusal.pop_all())
        return descriptors
