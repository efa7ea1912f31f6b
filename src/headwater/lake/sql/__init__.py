"""SQL over the lake: one process for each query, which the operating system keeps from everything but reading."""
