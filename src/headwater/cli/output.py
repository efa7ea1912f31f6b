"""What a command prints on stdout: one document, in the format asked for, and nothing else."""

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from headwater.cli import config_text, json_path, json_pointer, table
from headwater.cli.one_line import flatten
from headwater.cli.usage import UsageError
from headwater.core.errors import BadRequestError, NotFoundError

TABLE = "table"
JSON_PATH, JSON_POINTER = "jsonpath=", "jsonpointer="
FORMATS = (TABLE, "json", "json-pretty", "yaml")
DEFAULTS = frozenset({None, "default"})
# What only rows can be: the answers to queries.
ROW_FORMATS = ("csv", "parquet")
PRETTY_INDENT = 2
# What JSON may hold as it is, but a terminal acts upon: C1 controls, and what turns the direction of writing.
UNSAFE = re.compile("[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
ONE_LINE = 2**31  # wider than any value, so that YAML never folds a base64 body


class _Dumper(yaml.SafeDumper):
    """Quotes a text that YAML 1.1 or YAML 1.2 would read as something else: `yes` and `1e3` mean no text to some."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        # Only between double quotes can such letters be escaped.
        return self.represent_scalar(f"{config_text.TAG}str", data, style='"' if UNSAFE.search(data) else None)


_Dumper.add_representer(str, _Dumper.represent_str)
for _tag, _pattern, _letters in config_text.RESOLVERS:
    _Dumper.add_implicit_resolver(_tag, _pattern, _letters)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a kind of document looks as a table: where its rows are (JSON path; "" is the document), and the columns."""

    columns: tuple[str, ...]
    rows: str = ""
    id: str = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What the person asked for with --format and --quiet; `width` is their terminal's, None where there is none."""

    format: str | None = None
    is_quiet: bool = False
    width: int | None = None

    def __post_init__(self) -> None:
        if self.format not in (*FORMATS, *ROW_FORMATS, *DEFAULTS) and not _is_place(self.format or ""):
            known = f"{', '.join(FORMATS)}, jsonpath=a.b.0.c or jsonpointer=/a/b/0/c"
            raise UsageError(f"--format takes {known}, not {self.format!r}.")

    @property
    def is_table(self) -> bool:
        return not self.is_quiet and self.format in (TABLE, *DEFAULTS)

    def render(self, document: Any, *, view: View, default: str = TABLE) -> str:
        """Return `document` as text; `default` is the format when none was asked for."""
        if self.is_quiet:
            return _ids(document, view)
        form = default if self.format is None or self.format in DEFAULTS else self.format
        if form.startswith((JSON_PATH, JSON_POINTER)):
            return _at(document, form)
        if form == TABLE:
            return self._table(document, view)
        if form == "yaml":
            return _yaml(document)
        return as_json(document, is_pretty=form == "json-pretty")

    def _table(self, document: Any, view: View) -> str:
        found = _rows(document, view)
        if isinstance(found, list):
            return table.rows(found, columns=view.columns, width=self.width, whole=(view.id,))
        return table.sheet(found, columns=view.columns)


def _is_place(form: str) -> bool:
    """The empty pointer is the whole document, the empty path is a slip of the pen."""
    if form.startswith(JSON_POINTER):
        return json_pointer.is_one(form.removeprefix(JSON_POINTER))
    return form.startswith(JSON_PATH) and form != JSON_PATH


def as_json(value: Any, *, is_pretty: bool = False) -> str:
    """Return `value` as JSON that no terminal acts upon."""
    text = (
        json.dumps(value, ensure_ascii=False, indent=PRETTY_INDENT)
        if is_pretty
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    )
    return escaped(text)


def escaped(json_text: str) -> str:
    """Return JSON with the letters written out that a terminal acts upon."""
    return UNSAFE.sub(_escaped, json_text)


def _escaped(letter: re.Match[str]) -> str:
    return f"\\u{ord(letter[0]):04x}"


def _yaml(value: Any) -> str:
    try:
        text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=ONE_LINE)
    except RecursionError as error:
        raise BadRequestError("The answer is nested too deep for YAML; --format json shows it.") from error
    return UNSAFE.sub(_escaped, text).removesuffix("\n").removesuffix("\n...")


def _at(document: Any, form: str) -> str:
    """A text stands there as it is, for shells; anything else as JSON."""
    place = form.partition("=")[2]
    found = (json_path if form.startswith(JSON_PATH) else json_pointer).find(document, place)
    if found is json_path.ABSENT:
        raise NotFoundError(f"There is nothing at {place!r} in the answer. --format json-pretty shows what there is.")
    return found if isinstance(found, str) else as_json(found)


def _ids(document: Any, view: View) -> str:
    found = _rows(document, view)
    items = found if isinstance(found, list) else [found]
    return "\n".join(flatten(str(json_path.find(item, view.id))) for item in items)


def _rows(document: Any, view: View) -> Any:
    found = json_path.find(document, view.rows) if view.rows else document
    return document if found is json_path.ABSENT else found
