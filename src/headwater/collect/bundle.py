"""The browser's own client, as our CDN routes serve it: `standalone.js` and the chunks that it loads when needed.

The files are the official npm package's, fetched and verified when the package is built (hatch_build.py), never at run
time and never committed. This module only reads them from one folder, each once and not before it is asked for.

How the standalone file finds its way (1.84): the write key comes from the snippet's `analytics._writeKey`, or else from
the script tag's own address, so that the bytes are the same for every key and need no filling in; settings and chunks
come from `analytics._cdn`, or else from the script tag's origin if that is https.
"""

from pathlib import Path

STANDALONE = "standalone.js"
# The client asks `<cdn>` + this + name for a chunk: it is compiled into the bundle. Names carry a hash of the content.
CHUNK_PATH = "/analytics-next/bundles/"

_BUILT_FOLDER = Path(__file__).with_name("browser")


class BrowserBundle:
    """The files of one built bundle, kept in memory from the first time each is asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or _BUILT_FOLDER
        self._chunk_names: frozenset[str] | None = None
        self._contents: dict[str, bytes] = {}

    @property
    def is_built(self) -> bool:
        """Tell whether there is a bundle to serve."""
        return STANDALONE in self._contents or (self._folder / STANDALONE).is_file()

    def standalone(self) -> bytes | None:
        """Return the script that a page's snippet loads, None when it was not built."""
        return self._read(STANDALONE) if self.is_built else None

    def chunk(self, name: str) -> bytes | None:
        """Return a lazily loaded part, None when the bundle has no such part.

        The name comes from a stranger: it opens a file only if it equals the name of one that lies in the folder.
        """
        return self._read(name) if name in self._names() else None

    def _names(self) -> frozenset[str]:
        if self._chunk_names is None:
            if not self.is_built:
                return frozenset()  # not remembered: it may be built while we run
            self._chunk_names = frozenset(file.name for file in self._folder.glob("*.bundle.*.js"))
        return self._chunk_names

    def _read(self, name: str) -> bytes:
        if name not in self._contents:
            self._contents[name] = (self._folder / name).read_bytes()
        return self._contents[name]
