"""What other values of the revisiting policy would come to: the simulated year, without crawls.

    benchmarks/revisits.py              # seconds

The posts of the living blog are asked for by `archive.revisiting` as daily crawls would, with one
of its values changed at a time. Each row: how often known posts were asked for, the share of it in
vain, and the waits of edits and of comments, median and the longest but one in ten. The year of
`benchmarks/year.py` shows that crawls do what is computed here.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from unittest.mock import patch

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

from archive import revisiting
from archive.revisiting import History, interval, spread
from benchmarks.living_blog import END, START, LivingBlog, Post

_DAY = timedelta(days=1)
_VARIANTS: dict[str, dict[str, object]] = {
    "as it is": {},
    "half the share of the age": {"_FRESH_SHARE": 0.05, "_ANNOUNCED_SHARE": 0.1},
    "twice the share of the age": {"_FRESH_SHARE": 0.2, "_ANNOUNCED_SHARE": 0.4},
    "one check for each change": {"_CHECKS_PER_CHANGE": 1},
    "four checks for each change": {"_CHECKS_PER_CHANGE": 4},
    "never left for more than 30 days": {"LONGEST": timedelta(days=30)},
    "never left for more than 180 days": {"LONGEST": timedelta(days=180)},
}


@dataclass(slots=True)
class _Outcome:
    """What became of a year."""

    requests: int = 0
    needless: int = 0
    edits: list[float] = field(default_factory=list)  # waits in days
    comments: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    """A post as it was at its last check, and when the next is due."""

    history: History
    due: datetime
    edits: int
    comments: int


def main() -> None:
    """Print a row for each variant of the policy, for a site map with dates and one without."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| site map | policy | requests | in vain | edits: median, 90 % | comments |")
    print("|---|---|---|---|---|---|")
    for dated in (True, False):
        for name, values in _VARIANTS.items():
            with patch.dict(vars(revisiting), values):
                outcome = live(LivingBlog(options.seed), dated=dated)
            cells = (
                "with dates" if dated else "without", name, f"{outcome.requests:,}",
                f"{outcome.needless / outcome.requests:.0%}",
                _said(outcome.edits), _said(outcome.comments),
            )  # fmt: skip
            print(f"| {' | '.join(cells)} |")


def live(blog: LivingBlog, *, dated: bool) -> _Outcome:
    """Ask for the posts of a blog each day, those whose turn it is."""
    outcome, known = _Outcome(), dict[str, _Known]()
    for now in _mornings():
        for post in blog.live(now):
            before = known.get(post.path)
            if before is None:
                known[post.path] = _first_look(post, now, dated=dated)
            elif before.due <= now or (dated and before.edits < post.version(now)):
                _check(outcome, before, post, now)
                before.due = now + spread(interval(before.history), post.path)
    return outcome


def _mornings() -> Iterator[datetime]:
    now = START + timedelta(hours=3)
    while now < END:
        yield now
        now += _DAY


def _first_look(post: Post, now: datetime, *, dated: bool) -> _Known:
    history = History(
        is_article=True, first_found=now, checked=now, changed=None, published=post.published,
        modified=post.modified(now) if dated else None, check_count=1, change_count=0,
    )  # fmt: skip
    due = now + spread(interval(history), post.path)
    return _Known(history, due, post.version(now), len(post.heard(now)))


def _check(outcome: _Outcome, known: _Known, post: Post, now: datetime) -> None:
    """Ask for a post, and note what it has to say."""
    new_edits = post.edits[known.edits : post.version(now)]
    new_comments = post.heard(now)[known.comments :]
    outcome.requests += 1
    outcome.needless += not (new_edits or new_comments)
    outcome.edits += [(now - edited) / _DAY for edited in new_edits]
    outcome.comments += [(now - comment.date) / _DAY for comment in new_comments]
    known.edits, known.comments = post.version(now), len(post.heard(now))
    is_changed, history = bool(new_edits or new_comments), known.history
    known.history = replace(
        history,
        checked=now,
        changed=now if is_changed else history.changed,
        modified=history.modified and post.modified(now),
        check_count=history.check_count + 1,
        change_count=history.change_count + is_changed,
    )


def _said(waits: list[float]) -> str:
    deciles = quantiles(waits, n=10)
    return f"{deciles[4]:.1f}, {deciles[8]:.1f} d"


if __name__ == "__main__":
    main()
