"""How likely a page is a post, by what was learnt from pages that people have judged.

Two small models look at the same features: a linear one, which is sure of little and generalizes
well, and boosted trees, which know what counts only beside something else (three lines are a post
where a date stands over them). They err on different pages; a mean of their log-odds errs least.
`benchmarks/train_page_type.py` makes the weights, and says from what.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import exp
from typing import Any

WEIGHTS = "post_model.json"
"""The file of the weights, beside this module."""

LIMIT = 3.0
"""Standard deviations at which a feature of the linear model is cut off."""

Tree = float | Sequence[Any]
"""A leaf's log-odds; or (number of the feature, threshold, tree up to it, tree above it)."""


@dataclass(frozen=True, slots=True)
class PostModel:
    """The weights of both models."""

    names: Sequence[str]  # of the features, in the order in which all else counts them
    means: Sequence[float]
    scales: Sequence[float]
    weights: Sequence[float]  # of the linear model, for features of mean 0 and deviation 1
    bias: float
    trees: Sequence[Tree]
    linear_share: float  # of the linear model in the mean of both

    def probability(self, features: Mapping[str, float]) -> float:
        """Give the probability that a page with such features is a post.

        Raises:
            KeyError: a feature is missing.
        """
        values = [float(features[name]) for name in self.names]
        linear = self.bias
        for value, mean, scale, weight in zip(
            values, self.means, self.scales, self.weights, strict=True
        ):
            linear += weight * max(-LIMIT, min(LIMIT, (value - mean) / scale))
        boosted = sum(_leaf(tree, values) for tree in self.trees)
        log_odds = self.linear_share * linear + (1 - self.linear_share) * boosted
        return 1 / (1 + exp(-max(-50.0, min(50.0, log_odds))))


def post_probability(features: Mapping[str, float]) -> float:
    """Give the probability, from 0 to 1, that a page is a post.

    Args:
        features: as `archive.extraction.page_types.page_features` counts them.
    """
    return load_model().probability(features)


@lru_cache(maxsize=1)
def load_model() -> PostModel:
    """Load the weights that are shipped with the package, once in a process."""
    return PostModel(**json.loads(files(__package__).joinpath(WEIGHTS).read_text("utf-8")))


def _leaf(tree: Tree, values: Sequence[float]) -> float:
    while not isinstance(tree, float):
        feature, threshold, low, high = tree
        tree = low if values[feature] <= threshold else high
    return tree
