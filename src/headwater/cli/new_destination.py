"""`headwater new destination NAME`: a package with a kind of destination, its contract and its test."""

import re
from importlib import resources
from pathlib import Path
from string import Template
from typing import Annotated

from cyclopts import Parameter

from headwater.cli import skeletons
from headwater.cli.output import View
from headwater.cli.session import Here
from headwater.cli.usage import UsageError
from headwater.deliver import catalogue

SKELETON = "destination"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MAX_NAME_CHARS = 40
# What is written, by the text it is made from.
FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "kind.py.txt": "$module.py",
    "contract.py.txt": "${stem}_contract.py",
    "test.py.txt": "test_$stem.py",
}
WRITTEN = View(columns=("folder", "files", "next"))


async def run(
    name: Annotated[str, Parameter(help="What the kind is called: small letters, digits and dashes.")],
    /,
    *,
    to: Annotated[
        Path | None, Parameter(help="The folder to write into; default: headwater-NAME in this folder.")
    ] = None,
    at: Here,
) -> None:
    """Write a kind of destination to begin with. Its test passes as it is; nothing that is there is overwritten."""
    _check(name)
    folder = to or Path(f"headwater-{name}")
    words = _words(name)
    texts = {Template(target).substitute(words): _text(source, words) for source, target in FILES.items()}
    taken = [file for file in texts if (folder / file).exists()]
    if taken:
        raise UsageError(f"{folder / taken[0]} is there already, and nothing was written. Choose another folder: --to.")
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (folder / file).write_text(text)
    steps = f"(cd {folder} && pytest), then pip install {folder} beside Headwater, and restart it"
    at.show({"folder": str(folder), "files": list(texts), "next": steps}, view=WRITTEN)


def _check(name: str) -> None:
    if not NAME.fullmatch(name) or len(name) > MAX_NAME_CHARS:
        raise UsageError(f"{name!r} is no name for a kind: small letters and digits, with dashes, as in pigeon-post.")
    if name in catalogue.built_in():
        raise UsageError(f"There is a kind {name!r} already: `headwater list destination-kinds` shows them.")


def _words(name: str) -> dict[str, str]:
    stem = name.replace("-", "_")
    title = " ".join(word.capitalize() for word in name.split("-"))
    return {"name": name, "stem": stem, "module": f"headwater_{stem}", "title": title}


def _text(source: str, words: dict[str, str]) -> str:
    return Template((resources.files(skeletons) / SKELETON / source).read_text()).substitute(words)
