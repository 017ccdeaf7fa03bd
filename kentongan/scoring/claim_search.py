"""Compiled search over claims: an inverted index, and a bound on the work of one look-up.

A row is a sorted set of buckets (`claim_grams`). S = the sum of the rarities of the buckets that query and row share. Rows are found by
the query's rarest buckets; the nearness of the best candidates is then computed from all their buckets.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kentongan.scoring.ngrams import jit

Array = np.ndarray[Any, Any]
BUDGET, BUDGET_PER_ROW = 3_000, 0.2  # postings read for one look-up, rarest first: what bounds its time; more found no more
CANDIDATES = 40  # whose exact similarity is computed
# Added to both sums: a title of two words is not matched because both stand in a text. About half of a usual title's sum.
PRIOR = 120.0
QUERY_SHARE = 0.05  # 0: how much of the claim is found in the text; 0.5: the cosine, which punishes long texts


@jit
def invert(buckets, ends, buckets_total):  # type: ignore[no-untyped-def]
    """(starts, postings): rows that hold each bucket, by counting sort."""
    starts = np.zeros(buckets_total + 1, np.int64)
    for b in buckets:
        starts[b + 1] += 1
    for b in range(buckets_total):
        starts[b + 1] += starts[b]
    place = starts[:-1].copy()
    postings = np.empty(buckets.shape[0], np.int32)
    row = 0
    for i in range(buckets.shape[0]):
        while i >= ends[row]:
            row += 1
        b = buckets[i]
        postings[place[b]] = row
        place[b] += 1
    return starts, postings


@jit
def scales(buckets, ends, weights):  # type: ignore[no-untyped-def]
    """Of each row: what S is multiplied with for the row's own length."""
    out = np.zeros(ends.shape[0], np.float64)
    start = 0
    for row in range(ends.shape[0]):
        total = PRIOR
        for i in range(start, ends[row]):
            total += weights[buckets[i]]
        start = ends[row]
        out[row] = total ** (QUERY_SHARE - 1)
    return out


@jit
def look_up(query, weights, starts, postings, indexed, buckets, ends, scale, alive, scores, marks, k):  # type: ignore[no-untyped-def]
    """(rows, similarities) of the k nearest rows, best first; row -1 where there are fewer.

    indexed: rows below it are in the inverted index, the rest is compared one by one. scores (float32 [rows], zeros) and
    marks (uint8 [buckets], zeros) are work space and are left as they were.
    """
    total = PRIOR
    for b in query:
        total += weights[b]
        marks[b] = 1
    sizes = np.empty(query.shape[0], np.int64)
    for i in range(query.shape[0]):
        sizes[i] = starts[query[i] + 1] - starts[query[i]]
    budget = BUDGET + np.int64(BUDGET_PER_ROW * ends.shape[0])
    touched = np.empty(budget + 1, np.int32)
    count = 0
    spent = 0
    for i in np.argsort(sizes):
        if sizes[i] == 0:
            continue
        if spent + sizes[i] > budget:
            break
        spent += sizes[i]
        b = query[i]
        for j in range(starts[b], starts[b + 1]):
            row = postings[j]
            if scores[row] == 0:
                touched[count] = row
                count += 1
            scores[row] += weights[b]
    best = np.zeros(CANDIDATES)
    rows = np.full(CANDIDATES, -1, np.int64)
    for i in range(count):
        row = touched[i]
        value = scores[row] * scale[row] if alive[row] else 0.0
        scores[row] = 0
        if value > best[CANDIDATES - 1]:
            p = CANDIDATES - 1
            while p > 0 and value > best[p - 1]:
                best[p] = best[p - 1]
                rows[p] = rows[p - 1]
                p -= 1
            best[p] = value
            rows[p] = row
    top = np.zeros(k)
    top_rows = np.full(k, -1, np.int64)
    fresh = ends.shape[0] - indexed
    for c in range(CANDIDATES + fresh):
        row = rows[c] if c < CANDIDATES else indexed + c - CANDIDATES
        if row < 0 or not alive[row]:
            continue
        shared = 0.0
        for i in range(ends[row - 1] if row else 0, ends[row]):
            if marks[buckets[i]]:
                shared += weights[buckets[i]]
        value = shared * scale[row]
        if value > top[k - 1]:
            p = k - 1
            while p > 0 and value > top[p - 1]:
                top[p] = top[p - 1]
                top_rows[p] = top_rows[p - 1]
                p -= 1
            top[p] = value
            top_rows[p] = row
    for b in query:
        marks[b] = 0
    return top_rows, top / total**QUERY_SHARE
