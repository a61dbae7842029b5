"""Train the model that tells posts from other pages, and print how well it does on unseen domains.

    benchmarks/train_page_type.py BENCHMARK_DIR [--write]

It learns from two sets: the development split of WCXB (Web Content Extraction Benchmark, M. Foley
2026, CC-BY-4.0), pages of the web whose types people have judged, re-packed as `truth.jsonl.gz` and
`pages/ID.html.gz`; and the blogs of `benchmarks.made_blogs`, as the former hold few of the short
posts that blogs are full of. A fifth of the domains is never looked at here: it is kept for a last
measurement. Of the others, five-fold cross-validation grouped by domain is printed: precision,
recall and F1 of 'article', and beside each probability the share of posts found there.

Needs `lightgbm` and `scikit-learn` beside the package; the weights need neither.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lightgbm  # type: ignore[import-not-found, import-untyped, unused-ignore]
import numpy as np
from sklearn.linear_model import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
    LogisticRegression,
)

if sys.path[0] == str(Path(__file__).parent):  # where "archive" would be the program beside this
    sys.path[0] = str(Path(__file__).parent.parent)

import archive.extraction
from archive.extraction.facts.metadata import Page, read_metadata
from archive.extraction.facts.surroundings import find_surroundings
from archive.extraction.page_types.page_type import page_signs
from archive.extraction.page_types.post_model import LIMIT, WEIGHTS, PostModel, Tree
from archive.extraction.page_types.post_signs import gather_evidence
from archive.extraction.parsed_page import parse_page
from archive.extraction.structure.position import body_of
from archive.extraction.tree.page_blocks import read_blocks
from archive.records import Hints
from benchmarks.made_blogs import made_blogs

MADE_BLOGS = 200
MADE_POST, MADE_OTHER = 0.2, 0.1  # weight of a made page; a judged one weighs 1
FOLDS = 5
HELD_BACK = 51  # of 256 parts of the domains
LINEAR_SHARE = 0.7
STRENGTH = 0.01  # of the linear model; the smaller, the more its weights are held down
TREES = {
    "objective": "binary", "num_leaves": 8, "learning_rate": 0.04, "min_data_in_leaf": 10,
    "bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.3, "lambda_l2": 3,
    "seed": 0, "num_threads": 1, "deterministic": True, "verbose": -1,
}  # fmt: skip
ROUNDS = 250
DIGITS = 6  # significant, of the numbers in the file


@dataclass(frozen=True, slots=True)
class Sample:
    """One page in numbers, with what it is."""

    domain: str
    features: dict[str, float]
    is_post: bool
    weight: float


def read_samples(benchmark: Path) -> list[Sample]:
    """Read all pages that may be learnt from: the judged ones first, then the made ones."""
    jobs = [*_judged(benchmark), *_made()]
    with ProcessPoolExecutor() as pool:
        return list(pool.map(_sample, jobs, chunksize=20))


_Job = tuple[str, bytes, bool, float]


def _judged(benchmark: Path) -> Iterator[_Job]:
    with gzip.open(benchmark / "truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if sha256(_domain(row["url"]).encode()).digest()[0] >= HELD_BACK:
                page = gzip.decompress((benchmark / "pages" / f"{row['id']}.html.gz").read_bytes())
                yield row["url"] or "", page, row["page_type"] == "article", 1.0


def _made() -> Iterator[_Job]:
    for page in made_blogs(MADE_BLOGS):
        weight = MADE_POST if page.is_post else MADE_OTHER  # a lost post is worse
        yield page.url, page.html.encode(), page.is_post, weight


def _domain(url: str | None) -> str:
    return (urlsplit(url or "").hostname or "").removeprefix("www.")


def _sample(job: _Job) -> Sample:
    url, html, is_post, weight = job
    parsed = parse_page(html, url)
    around = find_surroundings(parsed.tree, body_of(parsed.container))
    page = Page(parsed.tree, url, {}, parsed.head, parsed.container, around)
    metadata = read_metadata(page, Hints())
    dated, signed = metadata.published is not None, bool(metadata.authors)
    blocks = read_blocks(parsed.tree)
    evidence = gather_evidence(parsed, blocks, dated=dated, signed=signed)
    signs = page_signs(parsed, blocks, evidence)
    features = {name: float(value) for name, value in signs.items()}
    return Sample(_domain(url), features, is_post, weight)


def train(samples: Sequence[Sample]) -> PostModel:
    """Fit both models to the samples."""
    names = list(samples[0].features)
    values = np.array([[sample.features[name] for name in names] for sample in samples])
    posts = np.array([sample.is_post for sample in samples])
    weights = np.array([sample.weight for sample in samples])
    means, scales = values.mean(axis=0), values.std(axis=0)
    scales[scales == 0] = 1
    scaled = ((values - means) / scales).clip(-LIMIT, LIMIT)
    linear = LogisticRegression(C=STRENGTH, max_iter=5_000)
    linear.fit(scaled, posts, sample_weight=weights)
    data = lightgbm.Dataset(values, posts, weight=weights)
    trees = lightgbm.train(TREES, data, ROUNDS).dump_model()["tree_info"]
    return PostModel(
        names=names,
        means=_rounded(means),
        scales=_rounded(scales),
        weights=_rounded(linear.coef_[0]),
        bias=float(linear.intercept_[0]),
        trees=[_tree(tree["tree_structure"]) for tree in trees],
        linear_share=LINEAR_SHARE,
    )


def _rounded(numbers: Sequence[float]) -> list[float]:
    return [float(f"{number:.{DIGITS}g}") for number in numbers]


def _tree(node: dict[str, Any]) -> Tree:
    if "leaf_value" in node:
        return float(f"{node['leaf_value']:.{DIGITS}g}")
    low, high = _tree(node["left_child"]), _tree(node["right_child"])
    return [node["split_feature"], node["threshold"], low, high]


def cross_validate(samples: Sequence[Sample]) -> list[float]:
    """Give each judged page the probability by a model that knows no page of its domain."""
    made = [sample for sample in samples if sample.weight < 1]
    judged = [sample for sample in samples if sample.weight == 1]
    found: dict[int, float] = {}
    for fold in range(FOLDS):
        model = train([sample for sample in judged if _fold(sample) != fold] + made)
        for number, sample in enumerate(judged):
            if _fold(sample) == fold:
                found[number] = model.probability(sample.features)
    return [found[number] for number in range(len(judged))]


def _fold(sample: Sample) -> int:
    return int.from_bytes(sha256(f"f{sample.domain}".encode()).digest()[:4], "big") % FOLDS


def report(probabilities: Sequence[float], posts: Sequence[bool]) -> Iterator[str]:
    """Write what the cross-validation came to."""
    pairs = list(zip(probabilities, posts, strict=True))
    right = sum(probability >= 0.5 and post for probability, post in pairs)
    found, there = sum(probability >= 0.5 for probability in probabilities), sum(posts)
    f1 = 2 * right / (found + there)
    yield f"{len(pairs)} pages, {there} of them posts"
    yield f"precision {right / found:.3f}, recall {right / there:.3f}, F1 {f1:.4f}"
    for low in range(10):
        bin_ = [post for probability, post in pairs if low <= 10 * probability < low + 1]
        if bin_:
            share = sum(bin_) / len(bin_)
            yield f"probability from {low / 10:.1f}: {len(bin_)} pages, {share:.2f} of them posts"


def main() -> None:
    """Cross-validate, and write the weights of a model of all samples where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmark", type=Path)
    parser.add_argument("--write", action="store_true", help="write the weights into the package")
    options = parser.parse_args()
    samples = read_samples(options.benchmark)
    posts = [sample.is_post for sample in samples if sample.weight == 1]
    for line in report(cross_validate(samples), posts):
        print(line)
    if options.write:
        model = json.dumps(asdict(train(samples)), separators=(",", ":"))
        target = Path(archive.extraction.__file__).with_name(WEIGHTS)
        target.write_text(model + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
