"""How likely a block is a part of the post, by itself: a sum over small decision trees.

The trees were trained by `benchmarks/train_blocks.py`; `block_model.json` holds them, and says on
which data. Values are whole numbers, so that their sum is the same on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.extraction.text.block_features import FEATURES, Matrix

VALUE_UNIT = 1e-6
"""Of the log odds, in which the trees give their values."""

_WEIGHTS = "block_model.json"  # beside this module
_MOST_ROWS = 2_000  # scored at a time: what one pass needs of memory grows with them


@dataclass(frozen=True, slots=True)
class BlockModel:
    """Decision trees; their nodes stand one after the other, a leaf leads to itself."""

    roots: NDArray[np.int32]  # the first node of each tree
    features: NDArray[np.int32]  # the column that a node looks at
    thresholds: NDArray[np.float32]  # up to this value the way goes left
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    values: NDArray[np.int64]  # of the leaves, in `VALUE_UNIT`
    depth: int

    def score(self, measures: Matrix) -> list[float]:
        """Give for each row of measures how likely that block is the post's, from 0 to 1."""
        parts = [
            self._sum(measures[i : i + _MOST_ROWS]) for i in range(0, len(measures), _MOST_ROWS)
        ]
        odds = np.concatenate(parts) * VALUE_UNIT
        return [float(p) for p in 1 / (1 + np.exp(-odds))]

    def _sum(self, measures: Matrix) -> NDArray[np.int64]:
        rows = np.arange(len(measures))[:, None]
        nodes = np.broadcast_to(self.roots, (len(measures), len(self.roots)))
        for _ in range(self.depth):
            goes_left = measures[rows, self.features[nodes]] <= self.thresholds[nodes]
            nodes = np.where(goes_left, self.left[nodes], self.right[nodes])
        return np.asarray(self.values[nodes].sum(axis=1), dtype=np.int64)


def build_model(weights: Mapping[str, Any]) -> BlockModel:
    """Build a model of weights in the form of `block_model.json`.

    Raises:
        ValueError: the weights were made for other measures.
    """
    if tuple(weights["features"]) != FEATURES:
        raise ValueError("the weights were made for other measures of a block; train them anew")
    trees: Sequence[Mapping[str, Sequence[float]]] = weights["trees"]
    sizes = [len(tree["feature"]) for tree in trees]
    starts = np.cumsum([0, *sizes[:-1]])

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([np.array(tree[name]) for tree in trees])

    shift = np.repeat(starts, sizes)
    return BlockModel(
        starts.astype(np.int32),
        joined("feature").astype(np.int32),
        joined("threshold").astype(np.float32),
        (joined("left") + shift).astype(np.int32),
        (joined("right") + shift).astype(np.int32),
        joined("value").astype(np.int64),
        int(weights["depth"]),
    )


@cache
def read_model() -> BlockModel:
    """Read the model that comes with the package, once."""
    return build_model(json.loads(files(__package__).joinpath(_WEIGHTS).read_text("utf-8")))
