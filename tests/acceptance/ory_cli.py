"""The real `ory` command line, pointed at a server of ours by what `headwater env ory` says."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from acceptance.conftest import Headwater

WORKSPACE_KEY, PROJECT_KEY = "ORY_WORKSPACE_API_KEY", "ORY_PROJECT_API_KEY"
TIMEOUT_SECONDS = 60
NONE_HERE = "no `ory` binary: set ORY_BIN, or put one into the PATH (github.com/ory/cli, `go build`)"


def binary_or_none() -> str | None:
    """Return the path of the ory CLI, None where there is none."""
    return os.environ.get("ORY_BIN") or shutil.which("ory")


class Ory:
    """The ory CLI of somebody who evaluated `headwater env ory --create-key FLAGS`, with a home folder of their own.

    Their machine doesn't resolve `api.localhost`: as the command advises then, the server is asked as its own proxy.
    """

    def __init__(self, headwater: Headwater, home: Path, *flags: str) -> None:
        home.mkdir(exist_ok=True)
        said = headwater.cli("env", "ory", "--create-key", *flags, "--format", "json").stdout
        self.variables: dict[str, str] = json.loads(said)
        # The guides call it `ory`, so that is its name for whatever a shell runs.
        (home / "bin").mkdir(exist_ok=True)
        (home / "bin" / "ory").unlink(missing_ok=True)
        (home / "bin" / "ory").symlink_to(Path(binary_or_none() or "").resolve())
        self.home = home
        self._environment = {
            "HOME": str(home),
            "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HTTP_PROXY": headwater.url,
        }

    def without_key(self) -> "Ory":
        """Forget the key."""
        for name in (WORKSPACE_KEY, PROJECT_KEY):
            self.variables.pop(name, None)
        return self

    def __call__(self, *arguments: str, code: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run one command in the home folder."""
        return self._run([str(self.home / "bin" / "ory"), *arguments], code=code, stdin=stdin)

    def shell(self, script: str) -> str:
        """Run a shell script, as the guides have people paste it, and return what it printed."""
        return self._run(["/bin/sh", "-ec", script], code=0).stdout

    def json(self, *arguments: str) -> Any:
        """Run one command and return the document that it printed."""
        return json.loads(self(*arguments, "--format", "json").stdout)

    def file(self, name: str, content: Any) -> str:
        """Put a document into the home folder and return its name there."""
        (self.home / name).write_text(json.dumps(content))
        return name

    def _run(self, words: list[str], *, code: int, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            words,
            cwd=self.home,
            env=self._environment | self.variables,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done
