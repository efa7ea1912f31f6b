"""The rows of the table, in its order: one file each."""

from bench.rows import batches, idle, latency, memory, single, start

ROWS = (start.ROW, single.ROW, single.COLLECT_ROW, batches.ROW, latency.ROW, memory.ROW, idle.ROW)
