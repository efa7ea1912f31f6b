"""The lake: every event as rows of Parquet, with the raw archive beside them, and SQL over both."""
