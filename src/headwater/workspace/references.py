"""Secrets that a configuration only names: `env:NAME` and `file:PATH`, read when it is loaded to run.

Whoever may patch a project may not thereby read the server's variables and files: nothing is readable but what
`settings` allows, and its own variables and data folder never are.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from headwater.core.errors import HeadwaterError
from headwater.core.secrets import Secret

ENV, FILE = "env:", "file:"
MAX_FILE_BYTES = 64 * 1024
OUR_VARIABLES = "HEADWATER_"
# Files that are windows on processes and devices; the server's own variables are among them.
MACHINERY = (Path("/proc"), Path("/sys"), Path("/dev"))


class UnreadableReferenceError(HeadwaterError):
    """A secret that the configuration names can't be read."""

    code = "unreadable_reference"
    status = 400


class Unread(str):
    """A reference that could not be read, in the place of its value. What needs it fails, and says `why`."""

    __slots__ = ("why",)
    why: str

    def __new__(cls, reference: str, why: str) -> Self:
        made = super().__new__(cls, reference)
        made.why = why
        return made


def is_reference(text: str) -> bool:
    """Tell whether a secret's text names it rather than being it."""
    return text.startswith((ENV, FILE))


class References:
    """Reads what may be read. `names` are variables, or beginnings of them (`APP_*`); `folder` is where files may be.

    `data` is our own folder, whose files are nobody's secrets to name.
    """

    def __init__(
        self, *, variables: Mapping[str, Secret], names: tuple[str, ...], folder: Path | None, data: Path
    ) -> None:
        self._variables = variables
        self._names = names
        self._folder = folder
        self._data = data

    def read(self, reference: str) -> str:
        """Return the value. Raises UnreadableReferenceError, which says what to do and nothing of any value."""
        if reference.startswith(ENV):
            return self._variable(reference.removeprefix(ENV))
        return self._file(reference.removeprefix(FILE))

    def _variable(self, name: str) -> str:
        if not name:
            raise UnreadableReferenceError(f"{ENV} names no variable; write {ENV}NAME")
        if name.startswith(OUR_VARIABLES):
            raise UnreadableReferenceError(f"{ENV}{name} may not be read: the server's own variables never are")
        if not may_read_variable(name, self._names):
            raise UnreadableReferenceError(
                f"{ENV}{name} may not be read: who runs this server allows it with HEADWATER_SECRET_ENV={name}"
            )
        value = self._variables.get(name)
        if value is None or not value.reveal():
            state = "is not set" if value is None else "is empty"
            raise UnreadableReferenceError(f"{ENV}{name} {state}; set that variable where the server starts")
        return value.reveal()

    def _file(self, written: str) -> str:
        path = self._allowed(written)
        content = _content(path, f"{FILE}{written}")
        if len(content) > MAX_FILE_BYTES:
            raise UnreadableReferenceError(f"{FILE}{written} is larger than {MAX_FILE_BYTES // 1024} KiB")
        try:
            text = content.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise UnreadableReferenceError(f"{FILE}{written} is not UTF-8 text") from None
        if not text:
            raise UnreadableReferenceError(f"{FILE}{written} is empty; write the secret into it")
        return text

    def _allowed(self, written: str) -> Path:
        """Return where the file really is. What is not allowed is refused alike whether it exists or not."""
        if self._folder is None:
            raise UnreadableReferenceError(
                f"{FILE}{written} may not be read: who runs this server allows a folder with HEADWATER_SECRET_FILES=DIR"
            )
        try:
            folder = self._folder.resolve()
            path = (folder / written).resolve()
        except (OSError, RuntimeError, ValueError):  # a loop of links, a name with a zero byte
            raise UnreadableReferenceError(f"{FILE}{written} is no path that can be followed") from None
        if any(path.is_relative_to(one) for one in MACHINERY):
            raise UnreadableReferenceError(f"{FILE}{written} may not be read: the machine's own files never are")
        if not path.is_relative_to(folder):
            raise UnreadableReferenceError(f"{FILE}{written} may not be read: it is not below {folder}")
        # By what they are, not by what they are called: a disk may know one folder under many names.
        if any(_is_same(one, self._data) for one in (path, *path.parents)):
            raise UnreadableReferenceError(f"{FILE}{written} may not be read: it is in the data folder")
        return path


def readable_variables(environ: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Secret]:
    """Return those variables that `names` allows."""
    return {name: Secret(text) for name, text in environ.items() if may_read_variable(name, names)}


def may_read_variable(name: str, names: tuple[str, ...]) -> bool:
    """Tell whether `names` allows this variable. The server's own are never allowed."""
    if not name or name.startswith(OUR_VARIABLES):
        return False
    return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in names)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # it isn't there, or can't be looked at: then it can't be read, either
        return False


def _content(path: Path, reference: str) -> bytes:
    try:
        # It was followed before: a link put there since then, or a pipe that nobody writes to, is not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnreadableReferenceError(f"{reference} is no plain file")
            return file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableReferenceError(f"{reference} does not exist (it would be {path})") from None
    except OSError as error:
        raise UnreadableReferenceError(f"{reference} can't be read ({error.strerror})") from None
