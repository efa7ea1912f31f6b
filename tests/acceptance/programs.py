"""Programs that the official clients run on: a laptop without one skips by name, CI fails."""

import os
import shutil
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parents[1] / "clients"


def need(program: str) -> str:
    """Return the program's path."""
    path = shutil.which(program)
    if path is None:
        lack(f"{program} is not installed")
    return path


def need_npm_clients() -> tuple[str, Path]:
    """Return Node's path and the folder of the official npm clients."""
    node = need("node")
    if not (CLIENTS / "node_modules").is_dir():
        lack("the npm clients are not installed: run `make setup` with npm on the PATH")
    return node, CLIENTS


def lack(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"In CI no client is left out, but {what}.")
    pytest.skip(f"{what}")
