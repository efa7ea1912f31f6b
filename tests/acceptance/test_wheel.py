"""The built wheel is whole: in a clean environment it plays the founding story without the repository."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from acceptance.conftest import clean_environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_carries_the_migrations_and_the_type_marker(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert "headwater/store/migrations/versions/0001_the_first_tables.py" in names
    assert "headwater/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "docs/", "bench/"))]


def test_headwater_demo_runs_from_the_bare_wheel_and_says_what_it_left_out(wheel, tmp_path):
    """The environment borrows the dependencies that are here already, and takes headwater from the wheel only.

    What is an extra's is hidden from it.
    """
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True)
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    borrowed = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    (packages / "borrowed.pth").write_text(f"{borrowed}\nimport sys; sys.modules['oidc_provider_mock'] = None\n")
    located = subprocess.run(
        [str(python), "-c", "import headwater; print(headwater.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    done = subprocess.run(
        [str(tmp_path / "venv" / "bin" / "headwater"), "demo"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=110,
        env=clean_environment(),
    )

    assert located.stdout.startswith(str(packages))
    assert 0 == done.returncode, done.stdout + done.stderr
    (left_out,) = [line for line in done.stdout.splitlines() if "left out" in line]
    assert left_out.endswith("To play it, too: pip install 'headwater[demo]'")
