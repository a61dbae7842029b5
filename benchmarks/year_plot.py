"""Draw the figures of a year: how requests add up, and how long edits and comments waited.

benchmarks/year_plot.py figures/ docs/images/year.svg       # needs matplotlib: the extra benchmark
"""

from __future__ import annotations

import argparse
import json
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_COLOURS = {"daily": "#0072b2", "auto": "#009e73", "all weekly": "#d55e00"}  # Okabe and Ito
_BLOGS = {
    "dated": "site map with dates",
    "undated": "site map without dates, pages that list the latest posts",
}
# More points than these only make the picture larger.
_STEP_DAYS = 14
_DAYS_AFTER = (*range(8), *range(10, 61, 5))
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "year",  # the same figures give the same bytes
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def main() -> None:
    """Draw all figures of a directory into one picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("figures", type=Path, help="directory that `benchmarks/year.py` filled")
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    years = [json.loads(path.read_text()) for path in sorted(options.figures.glob("*.json"))]
    with mpl.rc_context(_STYLE):
        draw(years).savefig(options.picture, metadata={"Date": None})


def draw(years: list[dict[str, Any]]) -> Figure:
    """Draw a row for each blog, with a line for each policy."""
    kinds = [kind for kind in _BLOGS if any(year["kind"] == kind for year in years)]
    figure = Figure(figsize=(9, 2.9 * len(kinds)), layout="constrained")
    rows = figure.subplots(len(kinds), 3, squeeze=False)
    for row, kind in zip(rows, kinds, strict=True):
        requests, edits, comments = row
        shown = [year for year in years if year["kind"] == kind]
        for year in sorted(shown, key=lambda year: list(_COLOURS).index(year["policy"])):
            _draw_requests(requests, year)
            _draw_waits(edits, year, "edits")
            _draw_waits(comments, year, "comments")
        requests.set_title(_BLOGS[kind], loc="left", fontweight="bold")
        requests.set(xlabel="day of the year", ylabel="requests")
        edits.set(xlabel="days after an edit", ylabel="share seen", ylim=(0, 1.02))
        comments.set(xlabel="days after a comment", ylim=(0, 1.02))
    rows[0][0].legend(frameon=False)
    return figure


def _draw_requests(axes: Axes, year: dict[str, Any]) -> None:
    policy, days = year["policy"], range(0, len(year["requests_by_day"]), _STEP_DAYS)
    sums = list(accumulate(year["requests_by_day"]))
    axes.plot(days, [sums[day] for day in days], color=_COLOURS[policy], label=policy)


def _draw_waits(axes: Axes, year: dict[str, Any], kind: str) -> None:
    """Draw the share of all events that had been seen after so many days."""
    waits = year[kind]
    shares = [bisect_right(waits["days"], day) / waits["count"] for day in _DAYS_AFTER]
    axes.plot(_DAYS_AFTER, shares, color=_COLOURS[year["policy"]])
    axes.set_xlim(0, _DAYS_AFTER[-1])


if __name__ == "__main__":
    main()
