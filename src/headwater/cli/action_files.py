"""The files that `test action` takes: a hook with the Jsonnet beside it, a ctx, an answer. Only these are read."""

import base64
from pathlib import Path
from typing import Any

from headwater.cli import json_text
from headwater.cli.usage import UsageError

FILE = "file://"
SCHEME = "://"
JSON_ENDING = ".json"
ANSWER_KEYS = frozenset({"status", "headers", "body"})


def action(name: str) -> dict[str, Any]:
    """Return what the server is asked to try: the name of a configured Action, or the hook that a file holds."""
    path = Path(name)
    if not path.is_file():
        if name.endswith(JSON_ENDING):
            raise UsageError(f"There is no file {name}.")
        return {"action": name}
    found = _object(path)
    if not isinstance(found.get("config"), dict):
        raise UsageError(f'{name} is no Action; one looks like {{"hook": "web_hook", "config": {{"url": …}}}}.')
    return {"hook": {**found, "config": _embedded(found["config"], beside=path.parent)}}


def context(name: str) -> dict[str, Any]:
    """Return the ctx in a file, or its member `ctx` or `context`, as `get action-delivery` shows one."""
    found = _object(_existing(name))
    inner = found.get("ctx", found.get("context"))
    return inner if isinstance(inner, dict) else found


def answer(name: str) -> dict[str, Any]:
    """Return the answer in a file: status, headers and body, or anything else as the body of a 200."""
    text = _text(_existing(name))
    try:
        found = json_text.parse(text, origin=name)
    except UsageError:
        return {"body": text}
    if isinstance(found, dict) and "status" in found and found.keys() <= ANSWER_KEYS:
        return found
    return {"body": text}


def _embedded(config: dict[str, Any], *, beside: Path) -> dict[str, Any]:
    """Return the hook's config with the Jsonnet that stands in files here, as the ory CLI embeds it."""
    made = dict(config)
    if isinstance(config.get("body"), str):
        made["body"] = _base64_or_same(config["body"], beside=beside)
    response = config.get("response")
    if isinstance(response, dict) and isinstance(response.get("mapping"), str):
        made["response"] = {**response, "mapping": _base64_or_same(response["mapping"], beside=beside)}
    return made


def _base64_or_same(address: str, *, beside: Path) -> str:
    """A file that isn't here may be the server's (--template-files): it is asked."""
    if SCHEME in address and not address.startswith(FILE):
        return address
    path = beside / address.removeprefix(FILE)
    if not address or not path.is_file():
        return address
    return "base64://" + base64.b64encode(path.read_bytes()).decode()


def _object(path: Path) -> dict[str, Any]:
    found = json_text.parse(_text(path), origin=str(path))
    if not isinstance(found, dict):
        raise UsageError(f"{path} must hold a JSON object.")
    return found


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"There is no file {name}.")
    return path


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read as text: {error}.") from error
