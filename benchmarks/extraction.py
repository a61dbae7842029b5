"""Extract pages whose text is known by models that have not seen them, and print how good it is.

    benchmarks/extraction.py --data DIR --score SCORER.py [--baseline FILE] [--held-back]

DIR is as `benchmarks/train_blocks.py` reads it; SCORER is called as ``SCORER FILE --data DIR`` and
prints a line of figures for each type of page. The model of blocks is trained anew in each of five
folds, no domain in two of them; with --held-back once, without the domains that are never looked
at while the code is written, and only these are scored. Printed, as Markdown: the scores; CPU time
a page beside that of `trafilatura.bare_extraction(with_metadata=True)` on the same pages in one
run; pages a second with one process and with several; the peak memory of a process that extracts
the largest page.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

from archive.extraction import extract
from archive.extraction.text.block_model import BlockModel, build_model
from benchmarks.train_blocks import (
    Lesson,
    fold_of,
    is_held_back,
    learn_all,
    read_html,
    read_truth,
    train,
)

FOLDS = 5
_TIMED = 200  # pages on which speed is measured
_FIGURE = re.compile(r"([A-Za-z_]\w*) +(?:n=)?(-?\d*\.\d+|–)")

Row = Mapping[str, Any]
Prediction = dict[str, Any]


def predict(data: Path, model: BlockModel, row: Row) -> Prediction:
    """Extract one page; gives what the scorer reads, and the CPU time in seconds."""
    html = read_html(data, row)
    began = process_time()
    said = extract(html, row["url"], model=model)
    return {
        "id": row["id"],
        "text": said.main_text,
        "title": said.title,
        "author": "; ".join(said.authors),  # as the truth has them: "Ada King, PhD" is split alike
        "published": said.published.isoformat() if said.published else None,
        "page_type": said.page_type.value,
        "cpu": process_time() - began,
    }


def time_trafilatura(data: Path, row: Row) -> float:
    """The CPU time, in seconds, that trafilatura takes for a page."""
    import trafilatura

    html = read_html(data, row)
    began = process_time()
    trafilatura.bare_extraction(html, url=row["url"], with_metadata=True, include_comments=False)
    return process_time() - began


def cross_validate(
    data: Path, rows: Sequence[Row], lessons: Mapping[str, Lesson], jobs: int
) -> Iterator[Prediction]:
    """Extract each page by a model trained on the other folds."""
    for fold in range(FOLDS):
        others = [r for r in rows if fold_of(r, FOLDS) != fold and r["id"] in lessons]
        tested = [row for row in rows if fold_of(row, FOLDS) == fold]
        yield from _predict_all(data, _train_on(others, lessons), tested, jobs)


def _train_on(rows: Sequence[Row], lessons: Mapping[str, Lesson]) -> BlockModel:
    return build_model(train([lessons[row["id"]] for row in rows if row["id"] in lessons]))


def _predict_all(data: Path, model: BlockModel, rows: Sequence[Row], jobs: int) -> list[Prediction]:
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(partial(predict, data, model), rows, chunksize=16))


def print_scores(
    options: argparse.Namespace, rows: Sequence[Row], predictions: Sequence[Prediction]
) -> None:
    """Have the scorer compare the predictions with the truth of these pages; print a table."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        with gzip.open(place / "truth.jsonl.gz", "wt", encoding="utf-8") as truth:
            truth.writelines(json.dumps(row) + "\n" for row in rows)
        found = place / "predictions.jsonl"
        found.write_text("".join(json.dumps(p) + "\n" for p in predictions), encoding="utf-8")
        command = [sys.executable, str(options.score), str(found), "--data", str(place)]
        if options.baseline:
            command += ["--baseline", str(options.baseline)]
        lines = subprocess.check_output(command, text=True).splitlines()
    header: list[str] = []
    for line in lines:
        if " n=" not in line:
            print(f"\n{line}")
            continue
        name, _, rest = line.partition(" n=")
        count, _, figures = rest.partition(" ")
        cells = dict(_FIGURE.findall(figures))
        if not header:
            header = list(cells)
            print(f"| pages | n | {' | '.join(header)} |\n|---|{'---|' * (len(header) + 1)}")
        print(f"| {name.strip()} | {count} | {' | '.join(cells.get(k, '–') for k in header)} |")


def print_cost(
    options: argparse.Namespace, rows: Sequence[Row], predictions: Sequence[Prediction]
) -> None:
    """Measure and print CPU a page, pages a second and peak memory."""
    sample = rows[:: max(1, len(rows) // _TIMED)]
    timed = {prediction["id"]: prediction["cpu"] for prediction in predictions}
    with ProcessPoolExecutor(options.jobs) as pool:
        theirs = sum(pool.map(partial(time_trafilatura, options.data), sample, chunksize=8))
    ours = sum(timed[row["id"]] for row in sample)
    print("\n| CPU a page, ms | trafilatura, ms | ratio |\n|---|---|---|")
    print(f"| {1000 * ours / len(sample):.1f} | {1000 * theirs / len(sample):.1f} "
          f"| {ours / theirs:.2f} |")  # fmt: skip
    print("\n| processes | pages/s |\n|---|---|")
    for jobs in sorted({1, options.jobs}):
        print(f"| {jobs} | {_pages_per_second(options.data, sample, jobs):.0f} |")
    largest = max(rows, key=lambda row: len(read_html(options.data, row)))
    print(f"\npeak memory on the largest page: {_peak_mb(options.data, largest)} MB")


def _pages_per_second(data: Path, rows: Sequence[Row], jobs: int) -> float:
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(partial(time_extraction, data), rows[:jobs]))  # the start is not counted
        began = perf_counter()
        list(pool.map(partial(time_extraction, data), rows, chunksize=8))
        return len(rows) / (perf_counter() - began)


def time_extraction(data: Path, row: Row) -> float:
    """Extract a page with the model that comes with the package; gives the CPU time in seconds."""
    html = read_html(data, row)
    began = process_time()
    extract(html, row["url"])
    return process_time() - began


def _peak_mb(data: Path, row: Row) -> int:
    code = (
        "import gzip, pathlib, re, sys\n"
        "from archive.extraction import extract\n"
        "extract(gzip.open(sys.argv[1]).read(), sys.argv[2])\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', status)[1])"  # ru_maxrss would be the parent's too
    )
    page = data / "pages" / f"{row['id']}.html.gz"
    place = Path(__file__).parent.parent
    command = [sys.executable, "-c", code, str(page), row["url"]]
    return int(subprocess.check_output(command, cwd=place)) // 1024


def main() -> None:
    """Train, extract, score, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--score", type=Path, required=True, help="the scorer of the pages")
    parser.add_argument("--baseline", type=Path, help="predictions to compare with")
    parser.add_argument("--held-back", action="store_true", help="score only the unseen domains")
    parser.add_argument("--seen-only", action="store_true", help="leave the unseen domains out")
    parser.add_argument("--articles", action="store_true", help="score the articles alone")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    rows = read_truth(options.data)
    seen = [row for row in rows if not is_held_back(row)]
    if options.seen_only:
        rows = seen
    teachers = [r for r in (seen if options.held_back else rows) if r["page_type"] == "article"]
    lessons = learn_all(options.data, teachers, options.jobs)
    if options.held_back:
        rows = [row for row in rows if is_held_back(row)]
    if options.articles:
        rows = [row for row in rows if row["page_type"] == "article"]
    if options.held_back:
        model = _train_on(teachers, lessons)
        predictions = _predict_all(options.data, model, rows, options.jobs)
    else:
        predictions = list(cross_validate(options.data, rows, lessons, options.jobs))
    print_scores(options, rows, predictions)
    print_cost(options, rows, predictions)


if __name__ == "__main__":
    main()
