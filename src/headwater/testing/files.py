"""Files of the user's own project, read as the command line reads them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from headwater.core.errors import BadRequestError

JSONNET = (".jsonnet", ".libsonnet")


def text(given: str | Path) -> str:
    """Return Jsonnet: `given` itself, or what is in the file that it names (a Path, or text ending in .jsonnet)."""
    is_file = isinstance(given, Path) or given.endswith(JSONNET)
    return Path(given).read_text() if is_file else str(given)


def kratos_config(path: Path) -> dict[str, Any]:
    """Return a kratos.yml as an identity-config, what it names embedded. Raises what the import refuses."""
    from headwater.cli import kratos_file  # noqa: PLC0415  lazily loaded: few tests need it

    # In a thread of its own: a test may have a running loop here.
    with ThreadPoolExecutor(1) as thread:
        prepared = thread.submit(asyncio.run, kratos_file.prepare(str(path))).result()
    if prepared.refusals:
        said = "; ".join(f"{one.path} {one.advice}" for one in prepared.refusals)
        raise BadRequestError(f"{path} can't be loaded: {said}.")
    return prepared.document


def blueprint(path: Path) -> Any:
    """Return a configuration file as `headwater apply` reads it, what it names embedded."""
    from headwater.cli import blueprint_file  # noqa: PLC0415  lazily loaded

    return blueprint_file.read(str(path))
