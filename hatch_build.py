"""Builds what browsers are served and we did not write: it is in every wheel and in no commit.

`make setup` runs this file; the wheel's and the source archive's builds call it as a hook. npm fetches the exact
versions in frontend/package-lock.json, checks their integrity and runs none of their scripts. The few files that
browsers ask for are copied into the package: the tracking client to src/headwater/collect/browser/, and for the console
uPlot as it is and CodeMirror as one file, which esbuild makes of frontend/codemirror.mjs, to
src/headwater/console/static/vendor/. Each package's licence goes along.

Without npm, Headwater installs and works: the address of the browser script says that it is not here, and the console's
pages have fewer comforts. In CI that is an error, so that no release misses a file; only an installation from a source
archive, which carries the files already, is never stopped.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
PACKAGES = "node_modules"
VERSION_FILE = "VERSION"
VERSION_CHARACTERS = 16
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
NPM_BUILD = ("run", "build", "--silent")
NPM_TIMEOUT_SECONDS = 300
BROWSER_CLIENT = "@segment/analytics-next"
# What esbuild made, and of which files: `build` in frontend/package.json says so.
EDITOR = "made/codemirror.js"
EDITOR_INPUTS = "made/inputs.json"
PACKAGE_OF_INPUT = re.compile(r"node_modules/((?:@[^/]+/)?[^/]+)/")


class NotBuiltError(Exception):
    """What browsers are served was not built."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A folder of the package, and what fills it from the folder where npm worked."""

    folder: Path
    fill: Callable[[Path, Path], None]
    first: tuple[str, ...] | None = None  # what npm does before

    def is_built(self, version: str) -> bool:
        mark = self.folder / VERSION_FILE
        return mark.is_file() and mark.read_text().strip() == version

    def build(self, npm: str, scratch: Path, version: str) -> None:
        """Fill it anew; the version is written last, so that half a copy is never taken for a bundle."""
        if self.first is not None:
            run(npm, self.first, scratch)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.fill(scratch, self.folder)
        (self.folder / VERSION_FILE).write_text(version + "\n")


class BrowserFilesHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own examples leave it open
    """Called by hatchling before a build."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what isn't there; an editable installation leaves that to `make setup`."""
        del build_data
        if version == "editable":
            return
        try:
            ensure_bundles()
        except NotBuiltError as error:
            if is_required():
                raise
            self.app.display_warning(str(error))


def is_required() -> bool:
    """Tell whether a missing bundle is an error: in CI, unless we are unpacked from a source archive."""
    return os.environ.get("CI") == "true" and not (ROOT / "PKG-INFO").is_file()


def ensure_bundles() -> None:
    """Make each bundle what frontend/ says now, or raise `NotBuiltError` with what to do."""
    version = wanted_version()
    stale = [bundle for bundle in BUNDLES if not bundle.is_built(version)]
    if not stale:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NotBuiltError("The browser files were not built: install Node.js with npm, then run 'make setup' again.")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)  # nothing of npm's stays in the source tree
        shutil.copytree(FRONTEND, scratch, ignore=shutil.ignore_patterns(PACKAGES), dirs_exist_ok=True)
        run(npm, NPM_CI, scratch)
        for bundle in stale:
            bundle.build(npm, scratch, version)


def wanted_version() -> str:
    """Return what changes whenever a file of frontend/ does: a locked version, the editor's parts, how it is built."""
    digest = hashlib.sha256()
    for file in sorted(file for file in FRONTEND.glob("[!.]*") if file.is_file()):
        digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:VERSION_CHARACTERS]


def run(npm: str, arguments: tuple[str, ...], scratch: Path) -> None:
    try:
        subprocess.run(  # noqa: S603  # npm as found on PATH, with constant arguments
            [npm, *arguments], cwd=scratch, check=True, capture_output=True, text=True, timeout=NPM_TIMEOUT_SECONDS
        )
    except subprocess.CalledProcessError as error:
        last_words = (error.stderr.strip() or "it gave no reason").splitlines()[-1]
        raise NotBuiltError(f"The browser files were not built: npm {arguments[0]} failed ({last_words}).") from error
    except subprocess.TimeoutExpired as error:
        raise NotBuiltError("The browser files were not built: npm took too long. Run 'make setup' again.") from error


def fill_browser(scratch: Path, folder: Path) -> None:
    """Copy the tracking client: the script, the parts that it loads later, its licence."""
    package = scratch / PACKAGES / BROWSER_CLIENT
    for pattern in ("dist/umd/standalone.js", "dist/umd/*.bundle.*.js", "LICENSE*"):
        for file in package.glob(pattern):
            shutil.copy(file, folder)


def fill_vendor(scratch: Path, folder: Path) -> None:
    """Copy what the console's pages load, and the licences of all that it was made of."""
    charts = scratch / PACKAGES / "uplot"
    shutil.copy(charts / "dist" / "uPlot.iife.min.js", folder / "uplot.js")
    shutil.copy(charts / "dist" / "uPlot.min.css", folder / "uplot.css")
    shutil.copy(scratch / EDITOR, folder)
    inputs = json.loads((scratch / EDITOR_INPUTS).read_text())["inputs"]
    packed = {match[1] for match in map(PACKAGE_OF_INPUT.match, inputs) if match}
    texts = [f"{name}\n\n{licence(scratch / PACKAGES / name)}" for name in sorted({"uplot", *packed})]
    (folder / "LICENSES").write_text("\n\n".join(texts))


def licence(package: Path) -> str:
    """Return the text that has to go wherever the package's code goes."""
    for file in sorted(package.glob("LICEN[CS]E*")):
        return file.read_text()
    raise NotBuiltError(f"The browser files were not built: {package.name} has no licence to ship.")


BUNDLES = (
    Bundle(folder=ROOT / "src" / "headwater" / "collect" / "browser", fill=fill_browser),
    Bundle(folder=ROOT / "src" / "headwater" / "console" / "static" / "vendor", fill=fill_vendor, first=NPM_BUILD),
)


def main() -> int:
    """Build for a working copy: one line if npm can't, and a failure only in CI."""
    try:
        ensure_bundles()
    except NotBuiltError as error:
        sys.stderr.write(f"{error}\n")
        return 1 if is_required() else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
