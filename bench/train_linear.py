"""Softmax regression on hashed n-grams: the learner behind the weights that are shipped.

Convex and deterministic (L-BFGS from zero); targets may be soft, so that a teacher's probabilities can be learned from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from kentongan.scoring.ngrams import BITS
from kentongan.scoring.reader import Reader

BUCKETS = 1 << BITS
WORD_GAIN = 1.0  # how much a word feature counts against a character n-gram


def blank_reader() -> Reader:
    """A reader without weights: for its features only."""
    return Reader(np.zeros((BUCKETS, 3), np.int16), 0)


def design(texts: Sequence[str], reader: Reader) -> csr_matrix:
    """One row a text, one column a bucket: how often it occurs / sqrt(features of its group), exactly as the scorer sums them."""
    if not texts:
        return csr_matrix((0, BUCKETS))
    parts, indptr = [], [0]
    values = []
    for first in range(0, len(texts), 2000):
        batch = list(texts[first : first + 2000])
        buckets, ends = reader.features(batch)
        group = buckets >> BITS
        starts = np.concatenate([[0], ends[:-1]])
        for start, end in zip(starts, ends, strict=True):
            grams = group[start:end].astype(bool)
            value = np.where(grams, 1 / np.sqrt(max(grams.sum(), 1)), WORD_GAIN / np.sqrt(max((~grams).sum(), 1)))
            values.append(value.astype(np.float32))
            indptr.append(indptr[-1] + end - start)
        parts.append(buckets & (BUCKETS - 1))
    matrix = csr_matrix((np.concatenate(values), np.concatenate(parts), np.array(indptr)), shape=(len(texts), BUCKETS))
    matrix.sum_duplicates()
    return matrix


def fit(
    x: csr_matrix, y: np.ndarray, weight: np.ndarray, l2: float, scale: np.ndarray | None = None, iterations: int = 60
) -> tuple[np.ndarray, np.ndarray]:
    """(weights [columns, classes], bias [classes]) that minimise the weighted cross-entropy against the (soft) targets y plus l2/2 * |w|^2.

    scale: per column, how cheap its weight is (e.g. inverse document frequency): the penalty falls on w / scale.
    """
    everything = x.shape[1]
    scale = np.ones(everything) if scale is None else scale
    used = np.flatnonzero((np.bincount(x.indices, minlength=everything) > 0) & (scale > 0))
    x = x[:, used].multiply(scale[None, used]).tocsr().astype(np.float64)
    xt = x.T.tocsr()
    rows, columns = x.shape
    classes = y.shape[1]
    weight = weight / weight.sum()

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat[: columns * classes].reshape(columns, classes)
        b = flat[columns * classes :]
        z = x @ w + b
        z -= z.max(1, keepdims=True)
        logp = z - np.log(np.exp(z).sum(1, keepdims=True))
        value = -(weight[:, None] * y * logp).sum() + l2 / 2 * (w**2).sum()
        g = weight[:, None] * (np.exp(logp) * y.sum(1, keepdims=True) - y)
        return value, np.concatenate([(xt @ g + l2 * w).ravel(), g.sum(0)])

    found = minimize(loss, np.zeros(columns * classes + classes), jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 8})
    w = np.zeros((everything, classes))
    w[used] = found.x[: columns * classes].reshape(columns, classes) * scale[used, None]
    return w, found.x[columns * classes :]
