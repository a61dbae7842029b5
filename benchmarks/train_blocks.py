"""Train the model that tells which blocks of a page are its post, and write its weights.

    benchmarks/train_blocks.py --data DIR [--out archive/extraction/text/block_model.json]

DIR holds pages whose main text is known: ``truth.jsonl.gz`` with id, url, page_type and text, and
``pages/ID.html.gz``. The weights that are kept were trained on the articles of the development
split of WCXB, the Web Content Extraction Benchmark (M. Foley 2026, CC-BY-4.0), but those of the
domains that are held back to measure on. Needs LightGBM (`pip install .[training]`). The same pages
and the same version of LightGBM give the same weights.

A block is the post's when at least half of its words stand in the true text, in its order.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

from archive.extraction import parse_page
from archive.extraction.text.block_features import FEATURES, Matrix, measure_blocks
from archive.extraction.text.block_model import VALUE_UNIT
from archive.extraction.text.main_text import cut_by_structure
from archive.extraction.tree.page_blocks import read_blocks

DATA = "WCXB development split, M. Foley 2026, CC-BY-4.0: its articles, less the held-back domains"
ROUNDS = 160
PARAMETERS = {
    "objective": "binary", "learning_rate": 0.08, "num_leaves": 24, "max_depth": 9,
    "min_data_in_leaf": 60, "feature_fraction": 0.35, "bagging_fraction": 0.7, "bagging_freq": 1,
    "lambda_l2": 10, "max_bin": 63, "seed": 1, "deterministic": True, "force_row_wise": True,
    "num_threads": 1, "verbose": -1,
}  # fmt: skip
_HELD_BACK = 51  # of 256 domains, by the first byte of their digest
_WORD = re.compile(r"\w+")
_MOST_WORDS = 60_000  # of a page; matching takes time that grows with their square
_HALF = 0.5
_COVERED = 0.7  # of the true text; where less of it stands in the blocks, the page teaches nothing
_WEIGHT = 30  # of a page, spread over its blocks by their length


@dataclass(frozen=True, slots=True)
class Lesson:
    """One page with what there is to learn from it."""

    measures: Matrix
    is_post: NDArray[np.bool_]
    weights: NDArray[np.float64]


def read_truth(data: Path) -> list[dict[str, Any]]:
    """Read the rows of the true texts."""
    with gzip.open(data / "truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row | {"url": row["url"] or ""} for row in rows]  # of some pages it is not known


def read_html(data: Path, row: Mapping[str, Any]) -> bytes:
    """Read the page of a row."""
    with gzip.open(data / "pages" / f"{row['id']}.html.gz") as file:
        return file.read()


def domain_of(row: Mapping[str, Any]) -> str:
    """The host of a page without "www."."""
    return (urlsplit(row["url"]).hostname or "").removeprefix("www.")


def is_held_back(row: Mapping[str, Any]) -> bool:
    """Tell whether a page is of a domain that is looked at only when all is done."""
    return sha256(domain_of(row).encode()).digest()[0] < _HELD_BACK


def fold_of(row: Mapping[str, Any], folds: int) -> int:
    """The fold of a page: the same for all pages of a domain, and in every run."""
    return sha256(f"fold:{domain_of(row)}".encode()).digest()[0] % folds


def learn(job: tuple[Path, Mapping[str, Any]]) -> Lesson | None:
    """Measure and label the blocks of one page; None where there is nothing to learn."""
    data, row = job
    page = parse_page(read_html(data, row), row["url"])
    blocks, structure = read_blocks(page.tree), None
    if page.container is not None:
        structure = cut_by_structure(page.container, page.titles, page.comments)
    words = [_WORD.findall(block.text.lower()) for block in blocks]
    lengths = np.array([len(w) for w in words])
    if not 0 < lengths.sum() <= _MOST_WORDS:
        return None
    true = _WORD.findall((row["text"] or "").lower())
    found = np.array(_count_found(words, true))
    if found.sum() < _COVERED * len(true):
        return None
    weights = lengths**0.6
    return Lesson(
        measure_blocks(page, blocks, structure),
        (found >= _HALF * lengths) & (lengths > 0),
        weights / weights.sum() * _WEIGHT,
    )


def _count_found(words: Sequence[Sequence[str]], true: Sequence[str]) -> list[int]:
    """How many words of each block stand in the true text, in its order."""
    owners = [i for i, block in enumerate(words) for _ in block]
    matcher = SequenceMatcher(None, [w for b in words for w in b], true, autojunk=False)
    found: Counter[int] = Counter()
    for match in matcher.get_matching_blocks():
        found.update(owners[match.a : match.a + match.size])
    return [found[i] for i in range(len(words))]


def learn_all(data: Path, rows: Sequence[Mapping[str, Any]], jobs: int) -> dict[str, Lesson]:
    """Measure and label the blocks of many pages, in so many processes."""
    with ProcessPoolExecutor(jobs) as pool:
        lessons = pool.map(learn, ((data, row) for row in rows), chunksize=8)
        return {row["id"]: found for row, found in zip(rows, lessons, strict=True) if found}


def train(lessons: Sequence[Lesson]) -> dict[str, Any]:
    """Train on pages; returns the weights as `archive.extraction.text.block_model` reads them."""
    import lightgbm

    dataset = lightgbm.Dataset(
        np.concatenate([lesson.measures for lesson in lessons]),
        np.concatenate([lesson.is_post for lesson in lessons]),
        weight=np.concatenate([lesson.weights for lesson in lessons]),
    )
    booster = lightgbm.train(PARAMETERS, dataset, ROUNDS)
    trees = [_flatten(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    return {
        "data": DATA,
        "pages": len(lessons),
        "depth": max(depth for _, depth in trees),
        "features": list(FEATURES),
        "trees": [tree for tree, _ in trees],
    }


def _flatten(structure: dict[str, Any]) -> tuple[dict[str, list[float]], int]:
    """Write a tree as columns, a node a row; returns them and the depth of the tree."""
    columns: dict[str, list[float]] = {
        name: [] for name in ("feature", "threshold", "left", "right", "value")
    }

    def add(node: dict[str, Any]) -> tuple[int, int]:
        place = len(columns["feature"])
        is_leaf = "leaf_value" in node
        columns["feature"].append(0 if is_leaf else node["split_feature"])
        columns["threshold"].append(0 if is_leaf else float(f"{node['threshold']:.7g}"))
        columns["value"].append(round(node["leaf_value"] / VALUE_UNIT) if is_leaf else 0)
        columns["left"].append(place)
        columns["right"].append(place)
        if is_leaf:
            return place, 0
        columns["left"][place], one = add(node["left_child"])
        columns["right"][place], other = add(node["right_child"])
        return place, 1 + max(one, other)

    return columns, add(structure)[1]


def main() -> None:
    """Train on the articles of all domains but those held back, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    weights = Path(__file__).parent.parent / "archive/extraction/text/block_model.json"
    parser.add_argument("--out", type=Path, default=weights)
    parser.add_argument("--jobs", type=int, default=2, help="processes that read pages")
    options = parser.parse_args()
    rows = [row for row in read_truth(options.data) if row["page_type"] == "article"]
    rows = [row for row in rows if not is_held_back(row)]
    lessons = learn_all(options.data, rows, options.jobs)
    text = json.dumps(train(list(lessons.values())), separators=(",", ":"))
    options.out.write_text(text.replace('{"feature', '\n{"feature') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
