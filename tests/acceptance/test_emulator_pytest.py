"""The pytest plugin in test runs of its own: real ones, in processes of their own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from emulator_stage import running_emulator

__all__ = ["running_emulator"]

pytest_plugins = ["pytester"]

KRATOS = """
selfservice: {default_browser_return_url: "http://127.0.0.1:4455/", methods: {password: {enabled: false}}}
identity: {schemas: [{id: default, url: "preset://email"}]}
"""
CONFIG = "version: 1\nsources: [{slug: shop, name: Shop, kind: website}]"
SEND = """
import base64, json, urllib.request

def send(headwater, call, **event):
    proof = base64.b64encode(f"{headwater.write_key}:".encode()).decode()
    headers = {"content-type": "application/json", "authorization": f"Basic {proof}"}
    request = urllib.request.Request(f"{headwater.url}/v1/{call}", json.dumps(event).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status
"""


@pytest.fixture
def project(pytester, monkeypatch):
    """A project of somebody's own: `sending.send`, and no plugin but ours, since others take seconds to load."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p headwater.pytest_plugin")
    pytester.makepyfile(sending=SEND)
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    return pytester


@pytest.fixture
def run(project, running_emulator):
    """Run the project's tests against an emulator that is there: that of this module."""

    def run(*flags):
        return project.runpytest_subprocess("--headwater-url", running_emulator.url, *flags)

    return run


def test_a_failed_test_shows_what_differs_and_what_its_emulator_saw(project, run):
    project.makepyfile(
        """
        from sending import send

        def test_order(headwater):
            headwater.create_destination("webhook", {"url": "https://crm.example.com/"}, name="CRM")
            send(headwater, "track", userId="ada", event="Order Completed", properties={"revenue": 10})
            send(headwater, "track", event="Nobody's")
            headwater.assert_tracked("Order Completed", properties={"revenue": 12})

        def test_wait(headwater):
            headwater.wait_for_event(type="page", timeout_seconds=0.01)
        """
    )

    result = run()

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "E   *AssertionError: Expected at least 1 event with type='track', event='Order Completed', *; found 0.",
            "E   *The nearest:",
            "E   *track 'Order Completed' userId=ada properties={\"revenue\": 10}*",
            "E   *properties.revenue: expected 12, was 10",
            "E   *Turned away:",
            "E   *no_user_anon_id: *",
            "*- headwater -*",
            "requests: 1",
            "  POST https://crm.example.com/ [[]CRM[]] → 200 *",
            "events: 1",
            "  track 'Order Completed' userId=ada *",
            "bad events: 1",
            "  no_user_anon_id: *",
            "E   *AssertionError: Within 0.01 s: Expected at least 1 event with type='page'; found 0.",
            "E   *There is no event at all.",
            "requests: none",
        ]
    )
    assert "expectation.py" not in result.stdout.str(), "the test's own line is shown, not ours"


def test_each_test_begins_anew_and_a_marker_is_of_one_test(project, run, tmp_path):
    config = project.makefile(".yml", shop=CONFIG)
    project.makepyfile(
        f"""
        import pytest
        from headwater.testing import RefusedError

        @pytest.mark.headwater(config={str(config)!r}, allow="app.example.com")
        def test_marked(headwater):
            headwater.get_source("shop")
            headwater.register("ada@example.com")

        def test_after(headwater):
            assert [] == headwater.identities() == headwater.events(source="identity")
            with pytest.raises(RefusedError):
                headwater.get_source("shop")
        """
    )

    run("--strict-markers").assert_outcomes(passed=2)


def test_files_of_the_ini_are_there_in_every_test(project, running_emulator, run):
    project.makefile(".yml", shop=CONFIG)
    project.makeini("[pytest]\nheadwater_config = shop.yml\nheadwater_kratos = kratos.yml\n")
    project.makefile(".yml", kratos=KRATOS)
    project.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_shop(headwater, number):
            assert headwater.get_source("shop").write_key
            assert headwater.identity_config()["selfservice"]["methods"]["password"]["enabled"] is False
        """
    )

    run().assert_outcomes(passed=2)


def test_a_snapshot_is_written_compared_updated_and_in_ci_required(project, run, monkeypatch):
    project.makepyfile(
        """
        import os
        from sending import send

        class TestStory:
            def test_left(self, headwater):
                headwater.create_destination("webhook", {"url": "https://crm.example.com/"}, name="CRM")
                send(headwater, "identify", userId="ada", traits={"plan": os.environ["PLAN"]})
                headwater.snapshot("first")
        """
    )
    monkeypatch.setenv("PLAN", "free")
    monkeypatch.setenv("CI", "true")
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *There is no snapshot *__headwater__/*"])
    monkeypatch.delenv("CI")

    run().assert_outcomes(passed=1)
    (file,) = (project.path / "__headwater__").iterdir()
    assert re.fullmatch(r"test_a_snapshot\w+\.TestStory\.test_left\.first\.json", file.name)
    assert {"plan": "free"} == json.loads(file.read_text())[0]["body"]["traits"]
    monkeypatch.setenv("PLAN", "paid")
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['E *-        "plan": "free"', 'E *+        "plan": "paid"'])
    run("--headwater-update").assert_outcomes(passed=1)
    assert {"plan": "paid"} == json.loads(file.read_text())[0]["body"]["traits"]


def test_workers_have_an_emulator_each(project):
    project.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def headwater_options():
            return {"allow": ["app.example.com"]}
        """
    )
    project.makepyfile(
        """
        import pytest
        from sending import send

        @pytest.mark.parametrize("number", range(20))
        def test_alone(headwater, number, worker_id):
            assert [] == headwater.events() == headwater.identities()
            for _ in range(3):
                send(headwater, "track", userId=f"{worker_id}-{number}", event="Order Completed")
            assert 3 == len(headwater.events(user_id=f"{worker_id}-{number}")) == len(headwater.events())
            with open(f"{worker_id}.url", "w") as file:
                file.write(headwater.url)
        """
    )

    result = project.runpytest_subprocess("-n", "2", "-p", "xdist.plugin")

    result.assert_outcomes(passed=20)
    assert 2 == len({file.read_text() for file in project.path.glob("gw*.url")})


def test_one_emulator_is_refused_to_several_workers(project, run):
    project.makepyfile("def test_any(headwater): pass")

    result = run("-n", "2", "-p", "xdist.plugin")

    assert result.ret != 0
    assert "--headwater-url is one emulator" in result.stdout.str() + result.stderr.str()


def test_an_emulator_that_is_not_there_is_one_clear_error(project):
    project.makepyfile("def test_any(headwater): pass")

    result = project.runpytest_subprocess("--headwater-url", "http://127.0.0.1:1")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E *The emulator at http://127.0.0.1:1 doesn't answer GET /emulator/info: *"])


def test_an_emulator_goes_with_a_run_that_is_killed(project):
    project.makepyfile(
        """
        import time

        def test_long(headwater):
            print("the server is", headwater.info["pid"], flush=True)
            time.sleep(600)
        """
    )
    run = subprocess.Popen([sys.executable, "-m", "pytest", "-s"], stdout=subprocess.PIPE, text=True, cwd=project.path)
    server = next(int(found[1]) for line in run.stdout if (found := re.search(r"the server is (\d+)", line)))
    folder = _folder_of(server)

    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()

    ends_at = time.monotonic() + 15
    while Path(f"/proc/{server}").exists() or folder.exists():
        assert time.monotonic() < ends_at, "the server or its folder is still there"
        os.sched_yield()


def _folder_of(pid):
    """Return the data folder that a server has open."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    return Path(
        next(re.match(r".*/headwater-emulator-[^/]+", link)[0] for link in links if "headwater-emulator-" in link)
    )


def test_it_is_there_once_installed_and_whoever_does_not_use_it_pays_nothing(project, monkeypatch):
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.delenv("PYTEST_ADDOPTS")
    project.makepyfile(
        """
        import sys

        def test_any():
            assert "headwater.pytest_plugin" in sys.modules
            assert [] == [name for name in sys.modules if name.startswith("headwater.")
                          and name != "headwater.pytest_plugin"]
        """
    )

    others = ("asyncio", "hypothesispytest", "schemathesis", "anyio", "Faker", "timeout", "xdist")
    project.runpytest_subprocess(*(f"-pno:{name}" for name in others)).assert_outcomes(passed=1)


def test_the_first_test_of_the_page_passes_as_it_stands_there(project, run):
    page = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text()
    project.makepyfile(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1])

    run().assert_outcomes(passed=1)
