"""`courier.template_override_path`: a folder of templates, as Kratos lays it out, into `courier.templates`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headwater.cli.kratos_embedding import encoded
from headwater.cli.kratos_files import Files, UnreadableFileError
from headwater.cli.kratos_findings import EMBEDDED, LEFT_OUT, REFUSED, Finding, pointer
from headwater.identity.courier.kinds import EMAIL, KINDS, SMS, STUB, Kind

KEY = "template_override_path"
PATH = ("courier", KEY)
SUFFIX = ".gotmpl"
MAX_FILES = 500
# The file of each part, as Kratos calls it, and where `courier.templates` has the part.
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    EMAIL: {
        "email.subject.gotmpl": ("subject",),
        "email.body.gotmpl": ("body", "html"),
        "email.body.plaintext.gotmpl": ("body", "plaintext"),
    },
    SMS: {"sms.body.gotmpl": ("body", "plaintext")},
}


def embed(document: dict[str, Any], *, files: Files) -> list[Finding]:
    """Put the folder's templates into `document`, in its place. Those it holds already win, as in Kratos."""
    courier = document.get("courier")
    if not isinstance(courier, dict) or KEY not in courier:
        return []
    named = courier.pop(KEY)
    try:
        folder = files.find(str(named), is_folder=True)
        present = sorted(path for path in _bounded(folder) if path.is_file())
        return list(_embedded(courier, folder, present, files))
    except UnreadableFileError as error:
        return [Finding(path=pointer(PATH), outcome=REFUSED, advice=f"{named} {error.message}")]


def _embedded(courier: dict[str, Any], folder: Path, present: list[Path], files: Files) -> Iterator[Finding]:
    known = {name: steps for kind in KINDS.values() if kind.name != STUB for name, steps in _layout(kind)}
    for path in present:
        name = path.relative_to(folder).as_posix()
        if name not in known:
            advice = f"{name} is none of the templates that Headwater sends"
            yield Finding(path=pointer(PATH), outcome=LEFT_OUT, advice=advice)
            continue
        place = ("courier", "templates", *known[name])
        # Through `find`, since a link in the folder may lead out of it.
        content = files.read(files.find(str(path)))
        if _set(courier.setdefault("templates", {}), known[name], encoded(content)):
            yield Finding(path=pointer(place), outcome=EMBEDDED, advice=f"from {files.name(path)}")
        else:
            yield Finding(path=pointer(place), outcome=LEFT_OUT, advice=f"{name}: the file has this template already")


def _layout(kind: Kind) -> Iterator[tuple[str, tuple[str, ...]]]:
    where = [part for part in (kind.name, kind.variant) if part]
    for channel in kind.channels:
        for name, part in PARTS[channel].items():
            yield "/".join([*where, name]), (*where, channel, *part)


def _bounded(folder: Path) -> Iterator[Path]:
    for number, path in enumerate(folder.rglob("*" + SUFFIX)):
        if number >= MAX_FILES:
            raise UnreadableFileError(f"holds more than {MAX_FILES} templates")
        yield path


def _set(templates: Any, steps: tuple[str, ...], value: str) -> bool:
    """Put `value` there unless something stands there already; tell whether it was put."""
    holder = templates
    for step in steps[:-1]:
        if not isinstance(holder, dict):
            return False
        holder = holder.setdefault(step, {})
    if not isinstance(holder, dict) or steps[-1] in holder:
        return False
    holder[steps[-1]] = value
    return True
