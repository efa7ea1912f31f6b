"""Jsonnet in files of this machine: only below the one folder that whoever runs the server has named for it.

Whoever may edit a configuration may not thereby read the server's disk. It may read that folder and nothing else.
"""

import os
import stat
from pathlib import Path
from urllib.parse import unquote

from headwater.mapping.source_errors import MOST_BYTES, SourceError, too_large

FILE = "file://"
LOCAL_HOST = "localhost/"
# No link at the end (links were followed before), and no waiting for somebody who writes into a pipe.
ONLY_A_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NOT_ALLOWED = (
    "is a file, and this server reads none: put the Jsonnet itself there (base64:// and what `base64 -w0 FILE` prints),"
    " or have the server started with --template-files DIR and the file put below it"
)
OUTSIDE = "is no file below the folder that the server was given with --template-files"


class TemplateFiles:
    """Reads files below `folder`; none at all without one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, address: str) -> bytes:
        """Return what is in a file (file:// or a path, from the folder on). Raises SourceError, which names no path.

        What stands outside is refused alike whether it is there or not.
        """
        if self._folder is None:
            raise SourceError(NOT_ALLOWED)
        try:
            folder = self._folder.resolve()
            path = (folder / _name(address)).resolve()
            if not path.is_relative_to(folder):
                raise SourceError(OUTSIDE)
            content = _content(path)
        except (OSError, RuntimeError, ValueError):  # not there, not readable, links in a circle, a name with a zero
            raise SourceError(OUTSIDE) from None
        if len(content) > MOST_BYTES:
            raise too_large()
        return content


def _name(address: str) -> str:
    if not address.startswith(FILE):
        return address
    path = address.removeprefix(FILE)
    return unquote(path.removeprefix(LOCAL_HOST[:-1]) if path.startswith(LOCAL_HOST) else path)


def _content(path: Path) -> bytes:
    descriptor = os.open(path, ONLY_A_FILE)
    with open(descriptor, "rb") as handle:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SourceError(OUTSIDE)
        return handle.read(MOST_BYTES + 1)
