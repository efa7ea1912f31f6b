"""What `pip install headwater` brings to pytest: the fixtures `headwater` and `headwater_server`. See docs/emulator.md.

Loaded in every pytest run of everybody who has Headwater installed: what it stands on is loaded when it is used.
"""

import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

MARKER = "headwater(kratos=, config=, allow=): what this test's emulator has besides; gone after it"
EMULATOR = pytest.StashKey[Any]()
SECTION = "headwater"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("headwater", "Headwater, the emulator of Segment and Ory")
    group.addoption("--headwater-url", help="Use the emulator that runs there, instead of starting one.")
    group.addoption("--headwater-update", action="store_true", help="Write snapshots anew, instead of comparing.")
    parser.addini("headwater_kratos", "A kratos.yml that the project runs on.", type="paths", default=[])
    parser.addini("headwater_config", "Configuration files, as `headwater apply` reads them.", type="paths", default=[])
    parser.addini("headwater_allow", "What really leaves: URL patterns or hosts.", type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    if config.getoption("--headwater-url") and config.getoption("dist", "no") != "no":
        raise pytest.UsageError(
            "--headwater-url is one emulator, which the workers of xdist would reset under each other."
            " Leave one of the two out: without the URL each worker starts its own."
        )


@pytest.fixture(scope="session")
def headwater_options() -> dict[str, Any]:
    """Override it to say more than the ini file does: `allow`, `kratos`, `config`, `port`, `timeout_seconds`."""
    return {}


@pytest.fixture(scope="session")
def headwater_server(pytestconfig: pytest.Config, headwater_options: dict[str, Any]) -> Generator[Any]:
    """Start an emulator, once a run (a worker, under xdist), with the files that were named loaded."""
    from headwater.testing import Emulator  # noqa: PLC0415  lazily loaded

    names = ("kratos", "config", "allow")
    options = {**{name: pytestconfig.getini(f"headwater_{name}") for name in names}, **headwater_options}
    files = {name: options.pop(name) for name in ("kratos", "config")}
    url = pytestconfig.getoption("--headwater-url")
    emulator = Emulator.at(url) if url else Emulator.start(**options)
    try:
        if url:  # what another run's files brought is not this one's
            emulator.forget_baseline()
            emulator.reset()
        _set_up(emulator, files)
        emulator.baseline()
        yield emulator
    finally:
        emulator.stop()


@pytest.fixture
def headwater(headwater_server: Any, request: pytest.FixtureRequest) -> Any:
    """Return the emulator as at the start: no people, no events, the machine's time."""
    headwater_server.reset()
    for marker in reversed(list(request.node.iter_markers("headwater"))):
        _set_up(headwater_server, marker.kwargs)
    headwater_server.place = _place(request)
    request.node.stash[EMULATOR] = headwater_server
    return headwater_server


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Add to a failed test's report what its emulator saw."""
    outcome = yield
    report, emulator = outcome.get_result(), item.stash.get(EMULATOR, None)
    if emulator is not None and report.failed and call.when == "call":
        from headwater.testing import report as its  # noqa: PLC0415  lazily loaded

        report.sections.append((SECTION, its.of(emulator)))


def _set_up(emulator: Any, wanted: Mapping[str, Any]) -> None:
    for path in _each(wanted.get("kratos")):
        emulator.load_kratos(path)
    for path in _each(wanted.get("config")):
        emulator.load_config(path)
    for pattern in _each(wanted.get("allow")):
        emulator.allow(pattern)


def _each(given: Any) -> list[Any]:
    if given is None:
        return []
    return [given] if isinstance(given, str | Path) else list(given)


def _place(request: pytest.FixtureRequest) -> Any:
    """Return where this test's snapshots are."""
    from headwater.testing.snapshots import Place  # noqa: PLC0415  lazily loaded

    words = request.node.nodeid.split("::")[1:]
    return Place(
        folder=request.path.parent,
        test=".".join([request.path.stem, *words]),
        is_update=bool(request.config.getoption("--headwater-update")),
        is_ci=os.environ.get("CI", "").lower() in ("1", "true", "yes"),
    )
