"""How often a blog is asked whether it has something new, where its owner did not say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

SHORTEST = timedelta(hours=6)
LONGEST = timedelta(days=30)
UNKNOWN_RHYTHM = timedelta(days=1)
POSTS_HEARD = 30  # the last ones: what a blog did years ago says little of this month
_ASKED_PER_GAP = 2
_ASKED_PER_SILENCE = 10


def auto_cadence(published: Iterable[datetime], now: datetime) -> timedelta:
    """Tell how long to wait between two crawls of a blog that published on these dates.

    Half the time that usually passes between two days with posts, but a tenth at least of the time
    since the last one, so that a blog that has fallen silent is asked ever more rarely; never less
    than 6 hours, never more than 30 days. A blog whose posts have no dates is asked once a day.

    Args:
        published: dates of its last posts, in any order. Those in the future do not count.
        now: the time by which it has been silent for some while.
    """
    days = sorted({date.date() for date in published if date <= now}, reverse=True)[:POSTS_HEARD]
    if not days:
        return UNKNOWN_RHYTHM
    silence = timedelta(days=(now.date() - days[0]).days)
    gaps = [(later - earlier).days for later, earlier in pairwise(days)]
    usual = timedelta(days=median(gaps)) if gaps else silence
    wanted = max(usual / _ASKED_PER_GAP, silence / _ASKED_PER_SILENCE)
    return min(max(wanted, SHORTEST), LONGEST)
