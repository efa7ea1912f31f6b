"""There is one place where Jsonnet runs: nobody else may import an engine, or call this one beside its walls."""

import ast
from collections.abc import Iterator
from pathlib import Path

import headwater

SOURCE = Path(headwater.__file__).parent
ENGINES = frozenset({"rjsonnet", "_gojsonnet", "_jsonnet", "jsonnet"})
BESIDE_THE_WALLS = frozenset({"headwater.mapping.engine", "headwater.mapping.worker"})


def imports(path: Path) -> Iterator[str]:
    """Every module that `path` imports, and every name that it imports from one."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(wanted: frozenset[str]) -> set[str]:
    return {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if wanted & set(imports(path))}


def test_the_engine_of_the_workers_alone_imports_a_jsonnet_engine() -> None:
    assert {"mapping/engine.py"} == importers(ENGINES)


def test_no_module_of_the_server_imports_what_runs_inside_a_worker() -> None:
    assert {"mapping/worker.py"} == importers(BESIDE_THE_WALLS)
