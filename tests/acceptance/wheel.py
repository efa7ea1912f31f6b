"""The wheel, built from this repository, and an environment that has headwater from nowhere else."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from acceptance.conftest import clean_environment

ROOT = Path(__file__).parents[2]


def build(folder: Path) -> Path:
    """Build the wheel into `folder` and return its path."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


class Installed:
    """A virtual environment: the dependencies are those that are here already, headwater is the wheel's."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        venv.create(folder, with_pip=False)
        self._bin = folder / "bin"
        python = str(self._bin / "python")
        install = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]
        subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True)
        (self.packages,) = folder.glob("lib/python*/site-packages")
        borrowed = next(path for path in map(Path, sys.path) if path.name == "site-packages")
        (self.packages / "borrowed.pth").write_text(f"{borrowed}\n")
        pip = self._bin / "pip"
        pip.write_text(f'#!/bin/sh\nexec {python} -m pip "$@"\n')
        pip.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of somebody who activated it. pip finds what is here, and asks nobody."""
        return clean_environment() | {
            "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            **more,
        }
