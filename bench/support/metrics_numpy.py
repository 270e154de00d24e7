"""The peer of `npm run bench -- metrics`: the same retrieval metrics with NumPy, also in blocks.

Arguments: embeddings file (float32), labels file (int32), groups file (int32), dimension. Prints one JSON line.
"""
import json
import resource
import sys
import time

import numpy as np

embeddings = np.fromfile(sys.argv[1], dtype=np.float32).reshape(-1, int(sys.argv[4]))
labels = np.fromfile(sys.argv[2], dtype=np.int32)
groups = np.fromfile(sys.argv[3], dtype=np.int32)
start = time.perf_counter()
unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
count = len(unit)
block = max(1, 25_000_000 // count)
ranks = np.arange(1, count + 1)
sums = np.zeros(5)
queries = 0
for first in range(0, count, block):
    rows = slice(first, min(count, first + block))
    distance = 1 - unit[rows] @ unit.T
    distance[groups[rows, None] == groups[None, :]] = np.inf
    order = np.argsort(distance, axis=1)
    valid = np.isfinite(np.take_along_axis(distance, order, axis=1))
    relevant = (labels[order] == labels[rows, None]) & valid
    r = relevant.sum(axis=1)
    kept = r > 0
    relevant, r = relevant[kept], r[kept]
    hits = np.cumsum(relevant, axis=1)
    precision = np.where(relevant, hits / ranks, 0)
    within_r = ranks[None, :] <= r[:, None]
    first_hit = relevant.argmax(axis=1) + 1
    sums += [
        relevant[:, 0].sum(),
        (np.take_along_axis(hits, (r - 1)[:, None], axis=1)[:, 0] / r).sum(),
        ((precision * within_r).sum(axis=1) / r).sum(),
        (precision.sum(axis=1) / r).sum(),
        (1 / first_hit).sum(),
    ]
    queries += kept.sum()
print(
    json.dumps(
        {
            "ms": (time.perf_counter() - start) * 1000,
            "figures": (sums / queries).tolist(),
            "peakRssMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "numpy": np.__version__,
        }
    )
)
