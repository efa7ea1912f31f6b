"""Warehouses: the lake's tables in somebody's own database, kept up by syncs. Nothing here is imported by `serve`."""
