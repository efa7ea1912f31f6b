"""What the kernel keeps a query's process from, tried by one that DuckDB's own switches don't stop.

Nothing here looks at SQL first: whatever somebody finds to get past that still meets this.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from headwater.lake.sql import confinement

HERE = Path(__file__).parent
WANTED = ("reads its own file",)
DENIED = (
    "reads passwd", "reads the secret key", "reads core.db", "reads the manifest", "reads another source's file",
    "reads by a symlink", "reads its environment", "lists a folder", "overwrites its own file",
    "replaces its own file", "writes beside it", "writes elsewhere", "exports", "attaches a new database",
    "attaches outside", "attaches a url", "installs", "loads", "reads a url", "spills", "removes a file",
    "renames a file", "truncates a file", "opens up a file", "links a file", "makes a folder", "asks for a socket",
    "asks for a udp socket", "asks for a local socket", "forks", "runs a program", "kills its parent",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not confinement.is_possible(), reason="this kernel can't confine a process")


def everything(folder):
    return {
        path.relative_to(folder): (path.lstat().st_mode, path.lstat().st_mtime_ns, path.is_dir() or path.read_bytes())
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """Give what became of each attempt, and the data folder before and after."""
    data = tmp_path_factory.mktemp("hostile") / "data"
    day = data / "lake" / "data" / "src_web" / "tracks" / "day=2026-11-23"
    day.mkdir(parents=True)
    duckdb.sql("SELECT 1 AS id").to_parquet(str(day / "1-1-1.parquet"))
    other = data / "lake" / "data" / "src_shop"
    other.mkdir()
    for secret in (data / "secret.key", data / "core.db", data / "lake" / "lake.db", other / "secret.parquet"):
        secret.write_text("a secret")
    (day.parents[1] / "link.parquet").symlink_to(data / "secret.key")
    before = everything(data)
    command = [sys.executable, str(HERE / "hostile_process.py"), str(data / "lake"), "src_web"]
    run = subprocess.run(command, capture_output=True, check=False, timeout=60, env={**os.environ, "HOME": str(data)})
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout), before, everything(data)


@pytest.mark.parametrize("attempt", WANTED)
def test_a_query_reads_its_own_files(tried, attempt):
    assert "" == tried[0][attempt]


@pytest.mark.parametrize("attempt", DENIED)
def test_the_kernel_denies_one_that(tried, attempt):
    assert "" != tried[0][attempt]


def test_every_attempt_is_looked_at(tried):
    assert {*WANTED, *DENIED} == tried[0].keys()


def test_nothing_on_disk_is_changed(tried):
    _, before, after = tried

    assert before == after


def test_refuses_to_confine_a_process_whose_threads_it_would_not_reach():
    script = (
        "import threading, time; from headwater.lake.sql import confinement\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "confinement.confine(read=[])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=60)

    assert b"A thread was running" in run.stderr
