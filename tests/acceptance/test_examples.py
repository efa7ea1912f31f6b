"""Each example does what its README says, with headwater from the wheel: its own tests pass in its own test runner."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from acceptance import wheel
from acceptance.programs import lack, need

EXAMPLES = wheel.ROOT / "examples"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GITHUBS_SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
NEWEST_OLD_GO = (1, 24)
GONE_SECONDS = 10
# `make setup` fetched it all. Ory's client is compiled with less care, and in a third of the time.
QUICKLY = {
    "npm_config_prefer_offline": "true",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "GOFLAGS": "-vet=off -gcflags=github.com/ory/client-go=-N",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    return wheel.Installed(folder / "venv", wheel.build(folder))


@pytest.fixture
def example(tmp_path):
    """Returns a copy of an example, without what was installed into it."""

    def copied(name: str) -> Path:
        return Path(shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("node_modules")))

    return copied


def readme(name: str) -> str:
    """Return what the README of an example has people type."""
    (block,) = BLOCK.findall((EXAMPLES / name / "README.md").read_text())
    return block


def run(script: str, *, folder: Path, env: dict[str, str]) -> str:
    """Run it, and return all that it printed. To a file: what it leaves running would hold a pipe open."""
    with (folder / "said").open("w+") as said:
        done = subprocess.run([*GITHUBS_SHELL, script], cwd=folder, env=env, stdout=said, stderr=said, check=False)
        said.seek(0)
        text = said.read()
    assert done.returncode == 0, text
    return text


def need_go() -> None:
    said = subprocess.run([need("go"), "version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) <= NEWEST_OLD_GO:
        lack(f"Ory's client needs Go 1.25; here is {said.strip()}")


def test_the_environment_has_headwater_from_the_wheel(installed, tmp_path):
    said = run("python -c 'import headwater; print(headwater.__file__)'", folder=tmp_path, env=installed.environment())

    assert said.startswith(str(installed.packages))


def test_pytest(installed, example):
    said = run(readme("pytest"), folder=example("pytest"), env=installed.environment())

    assert "7 passed" in said


def test_vitest(installed, example):
    need("npm")

    said = run(readme("vitest"), folder=example("vitest"), env=installed.environment(**QUICKLY))

    assert "7 passed" in said


@pytest.mark.timeout(400)  # nothing of it may be compiled yet
def test_go(installed, example):
    need_go()

    said = run(readme("go"), folder=example("go"), env=installed.environment(**QUICKLY))

    assert re.search(r"^ok\s+example.com/signup", said, re.MULTILINE)


def test_curl_at_a_prompt(installed, example):
    need("jq")

    folder = example("curl")
    said = run(readme("curl"), folder=folder, env=installed.environment())

    assert '"event":"Signed Up"' in said
    wait_gone(folder)


def test_curl_in_a_workflow(installed, example):
    need("jq")
    folder = example("curl")
    variables = folder / "variables"
    variables.touch()
    job = yaml.safe_load((folder / "workflow.yml").read_text())["jobs"]["test"]

    for step in job["steps"]:
        if "run" in step:
            set_so_far = dict(line.split("=", 1) for line in variables.read_text().splitlines())
            run(step["run"], folder=folder, env=installed.environment(GITHUB_ENV=str(variables), **set_so_far))

    assert {"HEADWATER_URL", "WRITE_KEY", "ADMIN_KEY", "PROJECT"} == set(set_so_far)
    wait_gone(folder)


def wait_gone(folder: Path) -> None:
    """Return when the emulator of that folder is gone; end it, and fail, if it stays."""
    pid = yaml.safe_load((folder / "emulator.json").read_text())["pid"]
    deadline = time.monotonic() + GONE_SECONDS
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            pytest.fail("It is still there.")
