"""Fetches the browser bundle, so that it is in every wheel and in no commit.

`make setup` runs this file; the wheel's and the source archive's builds call it as a hook. npm fetches the exact
version in frontend/package-lock.json, checks its integrity and runs none of its scripts; the few files that browsers
ask for are copied to src/headwater/collect/browser/. Without npm, Headwater installs and works: only the address of the
browser script says that it is not here. In CI that is an error, so that no release misses it; only an installation from
a source archive, which carries the files already, is never stopped.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
LOCKED = ROOT / "frontend"
BUNDLE = ROOT / "src" / "headwater" / "collect" / "browser"
PACKAGE = "node_modules/@segment/analytics-next"
SHIPPED = ("dist/umd/standalone.js", "dist/umd/*.bundle.*.js", "LICENSE*")
VERSION_FILE = "VERSION"
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
FETCH_TIMEOUT_SECONDS = 300


class NotBuiltError(Exception):
    """The browser bundle was not built."""


class BrowserBundleHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own examples leave it open
    """Called by hatchling before a build."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch the bundle if it isn't there; an editable installation leaves that to `make setup`."""
        del build_data
        if version == "editable":
            return
        try:
            ensure_bundle()
        except NotBuiltError as error:
            if is_required():
                raise
            self.app.display_warning(str(error))


def is_required() -> bool:
    """Tell whether a missing bundle is an error: in CI, unless we are unpacked from a source archive."""
    return os.environ.get("CI") == "true" and not (ROOT / "PKG-INFO").is_file()


def ensure_bundle() -> None:
    """Make the bundle folder hold the locked version, or raise `NotBuiltError` with what to do."""
    version = locked_version()
    if built_version() == version:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NotBuiltError("The browser bundle was not built: install Node.js with npm, then run 'make setup' again.")
    with tempfile.TemporaryDirectory() as scratch:
        fetch(npm, Path(scratch))
        install(Path(scratch) / PACKAGE, version)


def locked_version() -> str:
    lock = json.loads((LOCKED / "package-lock.json").read_text())
    return str(lock["packages"][PACKAGE]["version"])


def built_version() -> str | None:
    mark = BUNDLE / VERSION_FILE
    return mark.read_text().strip() if mark.is_file() else None


def fetch(npm: str, scratch: Path) -> None:
    """Install the locked packages into a scratch folder: nothing of npm's stays in the source tree."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCKED / name, scratch)
    try:
        subprocess.run(  # noqa: S603  # npm as found on PATH, with constant arguments
            [npm, *NPM_CI], cwd=scratch, check=True, capture_output=True, text=True, timeout=FETCH_TIMEOUT_SECONDS
        )
    except subprocess.CalledProcessError as error:
        last_words = (error.stderr.strip() or "it gave no reason").splitlines()[-1]
        raise NotBuiltError(f"The browser bundle was not built: npm failed ({last_words}).") from error
    except subprocess.TimeoutExpired as error:
        raise NotBuiltError("The browser bundle was not built: npm took too long. Run 'make setup' again.") from error


def install(package: Path, version: str) -> None:
    """Copy what is shipped; the version is written last, so that half a copy is never taken for a bundle."""
    shutil.rmtree(BUNDLE, ignore_errors=True)
    BUNDLE.mkdir(parents=True)
    for pattern in SHIPPED:
        for file in package.glob(pattern):
            shutil.copy(file, BUNDLE)
    (BUNDLE / VERSION_FILE).write_text(version + "\n")


def main() -> int:
    """Build the bundle for a working copy: one line if it can't be had, and a failure only in CI."""
    try:
        ensure_bundle()
    except NotBuiltError as error:
        sys.stderr.write(f"{error}\n")
        return 1 if is_required() else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
