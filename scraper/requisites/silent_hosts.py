"""Hosts that do not answer: nobody waits for each picture of a host that is gone."""

from __future__ import annotations

from collections import Counter

from scrapy.exceptions import IgnoreRequest

_MAX_UNANSWERED = 3  # requests to a host in a row, until it is left alone


class HostSilent(IgnoreRequest):
    """The host has not answered the requests before this one.

    Attributes:
        reason: short name of what kept the last of them from being answered.
    """

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host} is left alone, as it did not answer before: {reason}")
        self.reason = reason


class SilentHosts:
    """Counts for each host the requests in a row that brought no answer of any kind."""

    def __init__(self) -> None:
        self._unanswered: Counter[str] = Counter()
        self._silent: dict[str, HostSilent] = {}

    def check(self, host: str) -> None:
        """Let a request to the host pass.

        Raises:
            HostSilent: it is left alone.
        """
        if silent := self._silent.get(host):
            raise silent

    def note_answer(self, host: str) -> None:
        """Begin to count anew."""
        self._unanswered.pop(host, None)

    def note_silence(self, host: str, reason: str) -> HostSilent | None:
        """Count a request without an answer; the one that is too many gives the error to use."""
        self._unanswered[host] += 1
        if self._unanswered[host] < _MAX_UNANSWERED or host in self._silent:
            return None
        silent = self._silent[host] = HostSilent(host, reason)
        return silent
