"""A process that is confined as a query's is, and then does its worst: `python hostile_process.py LAKE SOURCE`.

It prints what became of each attempt, a JSON object by name: "" where it got what it wanted.
"""

import json
import os
import socket
import sys
from pathlib import Path

import duckdb

from headwater.lake.sql import confinement


def attempts(lake, source):
    """Return what is tried, by name: past DuckDB's own switches, which all stand open here."""
    own = lake / "data" / source
    other = lake / "data" / "src_shop" / "secret.parquet"
    parquet = next(own.rglob("day=*/*.parquet"))
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "200MB", "temp_directory": str(lake)})

    def sql(text):
        return lambda: connection.execute(text).fetchall()

    return {
        "reads its own file": sql(f"SELECT count(*) FROM read_parquet('{parquet}')"),  # noqa: S608
        "reads passwd": sql("SELECT * FROM read_csv('/etc/passwd', header = false)"),
        "reads the secret key": sql(f"SELECT * FROM read_text('{lake.parent / 'secret.key'}')"),  # noqa: S608
        "reads core.db": sql(f"SELECT * FROM read_blob('{lake.parent / 'core.db'}')"),  # noqa: S608
        "reads the manifest": sql(f"SELECT * FROM read_blob('{lake / 'lake.db'}')"),  # noqa: S608
        "reads another source's file": sql(f"SELECT * FROM read_blob('{other}')"),  # noqa: S608
        "reads by a symlink": sql(f"SELECT * FROM read_text('{own / 'link.parquet'}')"),  # noqa: S608
        "reads its environment": lambda: Path("/proc/self/environ").read_bytes(),
        "lists a folder": lambda: list(Path("/etc").iterdir()),
        "overwrites its own file": sql(f"COPY (SELECT 1) TO '{parquet}' (FORMAT parquet, USE_TMP_FILE false)"),
        "replaces its own file": sql(f"COPY (SELECT 1) TO '{parquet}' (FORMAT parquet)"),
        "writes beside it": sql(f"COPY (SELECT 1) TO '{own / 'new.csv'}'"),
        "writes elsewhere": sql(f"COPY (SELECT 1) TO '{lake.parent / 'new.csv'}'"),
        "exports": sql(f"EXPORT DATABASE '{own / 'exported'}'"),
        "attaches a new database": sql(f"ATTACH '{own / 'new.db'}'"),
        "attaches outside": sql(f"ATTACH '{lake.parent / 'new.db'}'"),
        "attaches a url": sql("ATTACH 'https://127.0.0.1:1/x.db'"),
        "installs": sql("INSTALL httpfs"),
        "loads": sql("LOAD httpfs"),
        "reads a url": sql("SELECT * FROM 'http://127.0.0.1:1/x.csv'"),
        "spills": sql("SELECT * FROM range(100000000) ORDER BY random()"),
        "removes a file": parquet.unlink,
        "renames a file": lambda: parquet.rename(parquet.with_suffix(".gone")),
        "truncates a file": lambda: os.truncate(parquet, 0),
        "opens up a file": lambda: parquet.chmod(0o777),
        "links a file": lambda: os.link(parquet, own / "linked"),
        "makes a folder": (own / "folder").mkdir,
        "asks for a socket": socket.socket,
        "asks for a udp socket": lambda: socket.socket(type=socket.SOCK_DGRAM),
        "asks for a local socket": socket.socketpair,
        "forks": lambda: os.fork() or os._exit(0),
        "runs a program": lambda: os.execv("/bin/sh", ["sh", "-c", "true"]),  # noqa: S606
        "kills its parent": lambda: os.kill(os.getppid(), 0),
    }


def main(lake, source):
    confinement.bound(memory_bytes=400 * 10**6, processor_seconds=30)
    confinement.confine(read=[lake / "data" / source])
    sys.stdout.write(json.dumps({name: outcome(attempt) for name, attempt in attempts(lake, source).items()}))


def outcome(attempt):
    try:
        attempt()
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
