import subprocess
import sys

SERVES = {"litestar", "granian", "jinja2", "alembic"}
LOADED = f"import sys, headwater.wiring.readers; print(*{SERVES!r} & set(sys.modules))"


def test_the_readers_load_nothing_that_only_a_server_needs():
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout

    assert "" == said.strip()
