"""DuckDB's engine by itself: the Python package around it takes 70 ms to load in each process, for nothing here."""

try:
    import _duckdb as engine
except ImportError:  # a release that keeps it elsewhere
    import duckdb as engine  # type: ignore[no-redef]

__all__ = ["engine"]
