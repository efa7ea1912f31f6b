"""A web_hook's `config` as a form, and back. What the form has no field for stays; secrets never go into it. Pure."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from headwater.console import signing_form
from headwater.mapping import sources
from headwater.mapping.source_errors import SourceError

# What becomes of the answer: the `response` for each.
ANSWERS: dict[str, dict[str, Any]] = {
    "wait": {},
    "queue": {"on_error": "queue"},
    "ignore": {"ignore": True},
    "parse": {"parse": True},
}
CHOSEN_BY_ANSWER = ("ignore", "parse", "on_error")
KEPT = "secret://"
NO_ID = "emit_analytics_event"  # True unless it is said
COOKIE = "expose_session_cookie"
# Where in a refusal's JSON pointer a member of `config` stands, and the field it is typed into.
IN_CONFIG = re.compile(r"/hooks?(?:/[\d-]+)?/config/([^/]+)(?:/([^/]+))?")
FIELDS = {
    **{name: name for name in ("id", "url", "method", "headers", "body")},
    "auth": "auth_type",
    "response": "answer",
    "can_interrupt": "answer",
    "signing": signing_form.NEW,
    NO_ID: "without_id",
    COOKIE: "cookie",
}
API_KEY, BASIC = "api_key", "basic_auth"
NEW = {
    "url": "",
    "method": "POST",
    "body": "base64://" + base64.b64encode(b"function(ctx) {\n  userId: ctx.identity.id,\n}\n").decode(),
}

Config = dict[str, Any]


def shown(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form holds for a stored `config`."""
    body, auth = str(config.get("body", "")), config.get("auth") or {}
    inside = auth.get("config") or {}
    text, response = _jsonnet_or_none(body), config.get("response") or {}
    mapping = str(response.get("mapping", ""))
    mapped = _jsonnet_or_none(mapping)
    return {
        "id": config.get("id", ""),
        "url": config.get("url", ""),
        "method": config.get("method", ""),
        "headers": "\n".join(f"{name}: {value}" for name, value in (config.get("headers") or {}).items()),
        "body": text or "",
        "body_address": body if text is None else "",
        "answer": _answer(response),
        "mapping": mapped or "",
        "mapping_address": mapping if mapped is None else "",
        "without_id": config.get(NO_ID) is False,
        "cookie": bool(config.get(COOKIE)),
        signing_form.NEW: "",
        "can_interrupt": bool(config.get("can_interrupt")),
        "auth_type": auth.get("type", ""),
        "auth_name": inside.get("name", ""),
        "auth_in": inside.get("in", "header"),
        "auth_user": _unless_kept(inside.get("user", "")),
        "auth_value": "",
        "auth_password": "",
    }


def again(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form holds when what was typed is shown again, without the secrets."""
    fields = {name: form.get(name, "") for name in shown({})}
    ticked = {name: name in form for name in ("can_interrupt", "without_id", "cookie")}
    return {**fields, **ticked, "auth_value": "", "auth_password": "", signing_form.NEW: ""}


def typed(form: Mapping[str, str], stored: Mapping[str, Any]) -> tuple[Config, dict[str, str]]:
    """Return the `config` that a form asks for, and what is wrong with it by field. An empty secret keeps its value."""
    config, problems = dict(stored), {}
    for name in ("id", "url", "method"):
        _put(config, name, form.get(name, "").strip())
    try:
        _put(config, "headers", _headers(form.get("headers", "")))
    except ValueError as error:
        problems["headers"] = str(error)
    _put(config, "body", _jsonnet(form, "body", str(stored.get("body", ""))))
    _put(config, "auth", _auth(form, stored.get("auth") or {}))
    _put(config, "signing", signing_form.typed(form, stored.get("signing") or {}))
    _put(config, "response", _response(form, stored.get("response") or {}))
    for name, field in (("can_interrupt", "can_interrupt"), (COOKIE, "cookie")):
        if (field in form) != bool(stored.get(name)):
            _put(config, name, field in form)
    if ("without_id" in form) != (stored.get(NO_ID) is False):
        config |= {NO_ID: "without_id" not in form}
    return config, problems


def field_of(path: str) -> str | None:
    """Return the field that a JSON pointer in a refusal is about, None for one that the form hasn't."""
    found = IN_CONFIG.search(path)
    if found is None:
        return None
    return "mapping" if (found[1], found[2]) == ("response", "mapping") else FIELDS.get(found[1])


def _put(config: Config, name: str, value: Any) -> None:
    if value in ("", None, False) or value == {}:
        config.pop(name, None)
    else:
        config[name] = value


def _jsonnet_or_none(body: str) -> str | None:
    if not body:
        return ""
    try:
        return sources.embedded(body, name="body").text
    except SourceError:
        return None


def _answer(response: Mapping[str, Any]) -> str:
    found = [name for name, needed in ANSWERS.items() if needed and needed.items() <= response.items()]
    return found[0] if found else "wait"


def _unless_kept(text: str) -> str:
    return "" if text.startswith(KEPT) else text


def _headers(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if line.strip() and not colon:
            raise ValueError(f"{line.strip()!r} is no header. Write one a line, such as X-Team: growth.")
        if line.strip():
            found[name.strip()] = value.strip()
    return found


def _jsonnet(form: Mapping[str, str], name: str, stored: str) -> str:
    """Return the address of what was typed: its own where it isn't changed, so that nothing is encoded anew."""
    address, text = form.get(f"{name}_address", "").strip(), form.get(name, "")
    if address:
        return address
    if text.rstrip("\n") == (_jsonnet_or_none(stored) or "").rstrip("\n"):
        return stored if _jsonnet_or_none(stored) is not None else ""
    return "base64://" + base64.b64encode(text.encode()).decode() if text.strip() else ""


def _auth(form: Mapping[str, str], stored: Mapping[str, Any]) -> dict[str, Any]:
    kind = form.get("auth_type", "")
    before = (stored.get("config") or {}) if stored.get("type") == kind else {}
    if kind == API_KEY:
        value = form.get("auth_value") or before.get("value", "")
        inside = {"name": form.get("auth_name", "").strip(), "value": value, "in": form.get("auth_in", "header")}
    elif kind == BASIC:
        user = form.get("auth_user", "").strip() or before.get("user", "")
        inside = {"user": user, "password": form.get("auth_password") or before.get("password", "")}
    else:
        return {}
    return {"type": kind, "config": inside}


def _response(form: Mapping[str, str], stored: Mapping[str, Any]) -> dict[str, Any]:
    wanted, response = form.get("answer", "wait"), dict(stored)
    if wanted != _answer(stored):
        kept = {name: value for name, value in stored.items() if name not in CHOSEN_BY_ANSWER}
        response = {**kept, **ANSWERS.get(wanted, {})}
    _put(response, "mapping", _jsonnet(form, "mapping", str(stored.get("mapping", ""))))
    return response
