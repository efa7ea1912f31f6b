"""What left, as a file beside the test: compared in each run, reviewed like code."""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from headwater.testing.errors import SnapshotPlaceError
from headwater.testing.normalising import Normaliser
from headwater.testing.seeing import Seeing, Whose

FOLDER = "__headwater__"
UNFIT = re.compile(r"[^A-Za-z0-9_.=-]+")
FORM = "application/x-www-form-urlencoded"
NUMBERED = re.compile(r"<(id|secret) \d+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a test's snapshots are. `is_update`: write them anew; `is_ci`: one that is missing fails."""

    folder: Path
    test: str
    is_update: bool = False
    is_ci: bool = False


class Snapshots(Seeing):
    """One file a snapshot, `__headwater__/<module>.<test>[.<name>].json`."""

    place: Place | None = None

    def snapshot(self, name: str = "", *, to: Whose = "", folder: Path | None = None) -> None:
        """Compare the requests that left (`to` there) with the file; write it where there is none yet.

        Ids, times and secrets are normalised. Raises AssertionError with the difference.
        """
        __tracebackhide__ = True
        place = Place(folder=folder, test="snapshot") if folder is not None else self.place
        if place is None:
            raise SnapshotPlaceError
        secrets = (self.write_key, self.admin_key)
        compare(written(self.requests(to), url=self.url, secrets=secrets), _file(place, name), place)


def compare(content: str, file: Path, place: Place) -> None:
    """Require `content` in `file`, or write it."""
    __tracebackhide__ = True
    before = file.read_text() if file.exists() else None
    if content == before:
        return
    if before is None and place.is_ci and not place.is_update:
        raise AssertionError(f"There is no snapshot {file}. Run the test outside CI, look at the file, and commit it.")
    if before is None or place.is_update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return
    lines = difflib.unified_diff(before.splitlines(), content.splitlines(), "the snapshot", "what left", lineterm="")
    changed = "\n".join(lines)
    raise AssertionError(f"What left is not what {file} says. `pytest --headwater-update` accepts it:\n{changed}")


def written(requests: Sequence[dict[str, Any]], *, url: str = "", secrets: tuple[str, ...] = ()) -> str:
    """Return the requests as the file has them: by destination and URL, and whatever order they left in."""

    def place(one: dict[str, Any]) -> str:
        return NUMBERED.sub("", _text(_shown(one, Normaliser(own_url=url, secrets=secrets))))

    normaliser = Normaliser(own_url=url, secrets=secrets)
    return _text([_shown(one, normaliser) for one in sorted(requests, key=place)])


def _shown(one: dict[str, Any], normaliser: Normaliser) -> dict[str, Any]:
    parts = urlsplit(one["url"])
    bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    body, kind = one["body"], one["headers"].get("content-type", "")
    is_form = isinstance(body, str) and kind.startswith(FORM)
    shown = {
        "destination": one["destination_name"],
        "method": one["method"],
        "url": normaliser.url(bare),
        "query": normaliser.parameters(_parameters(parts.query)),
        "headers": normaliser.headers(one["headers"]),
        "body": normaliser.parameters(_parameters(body)) if is_form else normaliser.value(body),
    }
    return {name: value for name, value in shown.items() if value not in (None, {})}


def _parameters(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True))


def _text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _file(place: Place, name: str) -> Path:
    stem = ".".join(part for part in (place.test, name) if part)
    return place.folder / FOLDER / f"{UNFIT.sub('-', stem).strip('-')}.json"
