"""When a page is asked for again: the policy, as pure functions of what is known of the page.

A page that never changed since it was first read is asked for after a tenth of its age: the rule
by which caches tell how long an answer without an expiry date stays fresh (RFC 9111 §4.2.2). So a
new post, to which comments come, is asked for daily, and one of last year once a month. The age
begins with what is known to have changed last. Of a page that was seen to change, the rate is
estimated, and it is asked for twice in the time in which one change is to be expected. Nothing is
asked for more often than daily, nor left for more than ninety days.
"""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

SHORTEST = timedelta(days=1)
LONGEST = timedelta(days=90)
SHORTEST_OTHER = timedelta(days=30)  # of what is no article: it may become one

_FRESH_SHARE = 0.1  # of its age
_ANNOUNCED_SHARE = 0.2  # where a list says when it was last modified: only comments go unsaid
_CHECKS_PER_CHANGE = 2
_UNDATED = timedelta(days=30)  # at least, when nothing says when it was published
_GONE_SHORTEST = timedelta(days=7)
_SHORTEST_SHARE, _LONGEST_SHARE = 0.5, 0.9  # of a wait, that passes until the page is due
_TRIES_AT_ONCE = 3  # of a page that fails for reasons which may pass
_MAX_DOUBLINGS = 10

_STATUS = re.compile(r"HTTP (\d{3})")
_ASKED_AGAIN = frozenset({408, 425, 429})  # RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4
_PASSING = frozenset({
    "robots.txt unanswered", "timeout", "DNS", "connection refused", "no answer", "cut off", "TLS",
    "ignored", "stand-in page",
    "cannot write", "write failed", "DownloadFailedError", "ConnectionLost", "ResponseFailed",
    "ExtractionRefused",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of a page that was read; the first three dates are those of crawls."""

    is_article: bool
    first_found: datetime
    checked: datetime  # the last time
    changed: datetime | None  # the last check that found something else; None: never
    published: datetime | None
    modified: datetime | None  # as its list says; changes of the text are told by that, then
    check_count: int
    change_count: int


def interval(history: History) -> timedelta:
    """Give the time after its last check for which a page is left alone.

    >>> from datetime import UTC
    >>> day = datetime(2026, 1, 31, tzinfo=UTC)
    >>> def after(days: int, checks: int = 1, changes: int = 0) -> timedelta:
    ...     return interval(History(
    ...         is_article=True, first_found=datetime(2026, 1, 1, tzinfo=UTC), checked=day,
    ...         changed=day if changes else None, published=day - timedelta(days=days),
    ...         modified=None, check_count=checks, change_count=changes))
    >>> [after(days).days for days in (2, 40, 365, 3650)]
    [1, 4, 36, 90]
    >>> [round(after(40, 31, changes) / timedelta(days=1), 1) for changes in (1, 3, 15)]
    [15.0, 4.8, 1.0]
    """
    shortest = SHORTEST if history.is_article else SHORTEST_OTHER
    wait = max(shortest, _by_age(history))
    rate = changes_per_day(
        history.check_count - 1, history.change_count, history.checked - history.first_found
    )
    if rate:
        wait = max(wait, min(timedelta(days=1 / (rate * _CHECKS_PER_CHANGE)), LONGEST))
    return min(wait, LONGEST)


def _by_age(history: History) -> timedelta:
    """Give a share of the time since something is known to have been new on the page."""
    share = _FRESH_SHARE if history.modified is None else _ANNOUNCED_SHARE
    if history.published is not None:
        new = history.published
    else:  # a build may date all pages of a site anew: that says little
        new = min(history.modified or history.first_found, history.first_found)
    wait = share * (history.checked - max(new, history.changed or new))
    return wait if history.published else max(wait, _UNDATED)


def changes_per_day(checks: int, changes: int, period: timedelta) -> float:
    """Estimate how often a page changes, from at how many checks it had changed.

    A check that finds a change does not tell whether there were more: the estimator of Cho and
    Garcia-Molina ("Estimating frequency of change", ACM TOIT 3(3), 2003, §4.2) allows for that, and
    its bias is small even after few checks.

    Args:
        checks: after the first reading.
        changes: how many of these found a change.
        period: from the first reading to the last check.

    >>> round(changes_per_day(10, 5, timedelta(days=10)), 2)
    0.65
    >>> changes_per_day(10, 0, timedelta(days=10)), changes_per_day(0, 0, timedelta())
    (0.0, 0.0)
    """
    days = period / timedelta(days=1)
    if checks <= 0 or days <= 0 or changes <= 0:
        return 0.0
    unchanged = max(checks - changes, 0)
    return -math.log((unchanged + 0.5) / (checks + 0.5)) * checks / days


def gone_interval(gone_for: timedelta) -> timedelta:
    """Give the time after which a page that is gone is asked for again: as long as it is gone.

    >>> [gone_interval(timedelta(days=days)).days for days in (0, 20, 400)]
    [7, 20, 90]
    """
    return min(max(gone_for, _GONE_SHORTEST), LONGEST)


def retry_interval(fail_count: int, *, passing: bool) -> timedelta | None:
    """Give the time after which a page that failed is asked for again; None: with the next crawl.

    Args:
        fail_count: how often it failed in a row.
        passing: the reason may be gone the next time.

    >>> [retry_interval(count, passing=True) for count in (1, 3, 4)]
    [None, None, datetime.timedelta(days=1)]
    >>> [retry_interval(count, passing=False).days for count in (1, 2, 5, 30)]
    [1, 2, 16, 90]
    """
    in_vain = fail_count - _TRIES_AT_ONCE if passing else fail_count
    if in_vain <= 0:
        return None
    return min(SHORTEST * int(2 ** min(in_vain - 1, _MAX_DOUBLINGS)), LONGEST)


def spread(wait: timedelta, key: str) -> timedelta:
    """Shorten a wait by a tenth to a half, by the page's key, so that pages come due apart.

    By a tenth at least: a crawl that begins some minutes earlier in the day than the one before is
    to find due what waits for a day.

    >>> [spread(timedelta(days=90), key).days for key in ("org,a)/1", "org,a)/2", "org,a)/3")]
    [47, 66, 76]
    >>> spread(SHORTEST, "org,a)/1") / timedelta(hours=1)
    21.6
    """
    share = _LONGEST_SHARE - (_LONGEST_SHARE - _SHORTEST_SHARE) * zlib.crc32(key.encode()) / 2**32
    return max(wait * share, min(wait, SHORTEST) * _LONGEST_SHARE)


def is_passing(error: str) -> bool:
    """Tell whether what failed may work the next time, by its short name.

    Args:
        error: of a `Failure` or an `AskedList`.

    >>> [is_passing(error) for error in ("HTTP 503", "timeout", "HTTP 404", "not a feed")]
    [True, True, False, False]
    """
    if status := _STATUS.fullmatch(error):
        return int(status[1]) >= 500 or int(status[1]) in _ASKED_AGAIN
    return error in _PASSING
