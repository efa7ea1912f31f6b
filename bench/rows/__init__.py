"""The rows of the table, in its order: one file each."""

from bench.rows import batches, idle, latency, many_ids, memory, single, start

ROWS = (start.ROW, single.ROW, single.COLLECT_ROW, many_ids.ROW, batches.ROW, latency.ROW, memory.ROW, idle.ROW)
