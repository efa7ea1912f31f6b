"""The way out to PostgreSQL servers: under the same address policy as HTTP, with TLS checked unless told otherwise.

Needs psycopg, so nothing here is imported before somebody sends to one.
"""
