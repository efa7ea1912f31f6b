import importlib.metadata
import sys

import pytest
from structlog.testing import capture_logs

from headwater.deliver import catalogue, plug_ins
from headwater.deliver.catalogue import UnknownKindError

GOOD = """
from headwater.deliver.destination import Action, Kind
from headwater.net.outbound import Request

def request(items, settings):
    return Request(method="POST", url="https://pigeons.example.com/")

KIND = Kind(
    name="pigeon", title="Pigeon", summary="Sends pigeons.", category="messaging", fields=(),
    payloads=lambda event, _settings: [event], actions=(Action(name="send", title="Send", request=request),),
)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package that brings kinds: by name, the text of its module."""

    def install(package, **modules):
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {package}_{name}:KIND" for name in modules]
        (info / "entry_points.txt").write_text("\n".join(["[headwater.destinations]", *lines, ""]))
        for name, text in modules.items():
            (tmp_path / f"{package}_{name}.py").write_text(text)
        importlib.invalidate_caches()

    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield install
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def fresh():
    """Have the catalogue look again, now and after."""
    caches = (catalogue.kinds, catalogue._plugged_in)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def test_a_package_brings_a_kind_by_its_entry_point(install, fresh):
    install("acme", pigeon=GOOD)

    assert "Pigeon" == catalogue.kind("pigeon").title
    assert sorted(catalogue.kinds()) == list(catalogue.kinds())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise RuntimeError('no pigeons today')", "RuntimeError: no pigeons today"),
        ("import no_such_module_anywhere", "ModuleNotFoundError"),
        ("def KIND(:", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("PIGEON = 1", "AttributeError"),
        ("KIND = 'pigeon'", "it is no headwater.deliver.destination.Kind"),
        (GOOD.replace('name="pigeon"', 'name="dove"'), "calls itself 'dove'"),
    ],
)
def test_a_broken_plug_in_is_one_line_and_stops_nobody(install, fresh, text, words):
    install("acme", pigeon=text, owl=GOOD.replace('name="pigeon"', 'name="owl"'))
    with capture_logs() as logs:
        found = catalogue.kinds()

    assert "owl" in found
    assert "webhook" in found
    (line,) = [line for line in logs if line["event"] == "plug_in_unusable"]
    assert ("pigeon", True, True) == (line["kind"], "acme" in line["problem"], words in line["problem"])
    assert "\n" not in line["problem"]
    with pytest.raises(UnknownKindError, match="acme brings it"):
        catalogue.kind("pigeon")


def test_a_plug_in_takes_no_name_that_is_taken(install, fresh):
    install("acme", webhook=GOOD.replace('name="pigeon"', 'name="webhook"'), pigeon=GOOD)
    install("bcme", pigeon=GOOD.replace('title="Pigeon"', 'title="Mallory"'))
    with capture_logs() as logs:
        found = catalogue.kinds()

    assert ("Webhooks", "Pigeon") == (found["webhook"].title, found["pigeon"].title)
    assert [("pigeon", "bcme"), ("webhook", "acme")] == sorted(
        (line["kind"], line["problem"].split()[0]) for line in logs if line["event"] == "plug_in_unusable"
    )


def test_nothing_is_imported_before_somebody_asks(install):
    install("acme", pigeon=GOOD)
    (entry,) = importlib.metadata.entry_points(group=plug_ins.GROUP, name="pigeon")

    assert "acme_pigeon" not in sys.modules
    assert ["pigeon"] == list(plug_ins.load([entry], taken=()).kinds)
    assert "acme_pigeon" in sys.modules
