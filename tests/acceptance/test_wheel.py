"""The built wheel is whole: in a clean environment it plays the founding story without the repository."""

import subprocess
import zipfile

import pytest

from acceptance import wheel


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return wheel.build(tmp_path_factory.mktemp("dist"))


def test_the_wheel_carries_the_migrations_and_the_type_marker(built):
    names = zipfile.ZipFile(built).namelist()

    assert "headwater/store/migrations/versions/0001_the_first_tables.py" in names
    assert "headwater/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "docs/", "bench/"))]


def test_headwater_demo_runs_from_the_bare_wheel_and_says_what_it_left_out(built, tmp_path):
    """The environment borrows the dependencies that are here already, and takes headwater from the wheel only.

    What is an extra's is hidden from it.
    """
    installed = wheel.Installed(tmp_path / "venv", built)
    (installed.packages / "hidden.pth").write_text("import sys; sys.modules['oidc_provider_mock'] = None\n")
    done = subprocess.run(
        ["headwater", "demo"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=110,
        env=installed.environment(),
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    (left_out,) = [line for line in done.stdout.splitlines() if "left out" in line]
    assert left_out.endswith("To play it, too: pip install 'headwater[demo]'")
