"""A kratos.yml sorted by the table of keys: what goes into the identity-config, and a finding for every part. Pure."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from headwater.cli.kratos_findings import DIFFERS, KEPT, REFUSED, TAKEN, UNKNOWN, Finding, pointer
from headwater.cli.kratos_keys import CORS_ORIGINS, DIFFERENT_DEFAULTS, RULES, Rule

ANY = "*"
STORED = (TAKEN, KEPT)
LONGEST_VALUE = 200
Steps = tuple[str | int, ...]


@dataclass(slots=True)
class _Node:
    """One step of the table: what may follow, or the rule that ends here."""

    following: dict[str, "_Node"] = field(default_factory=dict)
    rule: Rule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """`document` holds what is stored; it shares nothing with the file's."""

    document: dict[str, Any]
    findings: list[Finding]


def sort(file: dict[str, Any]) -> Sorted:
    """Return what of `file` is stored, and what became of each part of it."""
    findings: list[Finding] = []
    document = _part(file, _TABLE, (), findings)
    return Sorted(document=document or {}, findings=[*findings, *_differences(file)])


def _part(value: Any, node: _Node, steps: Steps, findings: list[Finding]) -> Any:
    """Return what is stored of `value`, None for nothing: a key without a value says nothing to Kratos either."""
    if value is None:
        return None
    if node.rule is not None:
        findings.append(_finding(node.rule, value, steps))
        return value if node.rule.outcome in STORED else None
    if isinstance(value, dict):
        return _members(value, node, steps, findings)
    if isinstance(value, list) and ANY in node.following:
        parts = [_part(item, node.following[ANY], (*steps, number), findings) for number, item in enumerate(value)]
        return [part for part in parts if part is not None]
    shape = "a list" if ANY in node.following and len(node.following) == 1 else "an object"
    findings.append(Finding(path=pointer(steps), outcome=REFUSED, advice=f"must be {shape}, as Kratos has it"))
    return None


def _members(value: dict[str, Any], node: _Node, steps: Steps, findings: list[Finding]) -> dict[str, Any] | None:
    stored = {}
    for key, member in value.items():
        following = node.following.get(key) or node.following.get(ANY)
        if following is None:
            findings.append(_unknown((*steps, key), node))
            continue
        part = _part(member, following, (*steps, key), findings)
        if part is not None:
            stored[key] = part
    return stored or None


def _finding(rule: Rule, value: Any, steps: Steps) -> Finding:
    depth = len(rule.anchor.split("/"))
    text = str(value)[:LONGEST_VALUE] if isinstance(value, str | int) else ""
    return Finding(
        path=pointer(steps[:depth]), outcome=rule.outcome, advice=rule.advice.replace("{value}", text.rstrip("/"))
    )


def _unknown(steps: Steps, node: _Node) -> Finding:
    close = difflib.get_close_matches(str(steps[-1]), [name for name in node.following if name != ANY], n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return Finding(
        path=pointer(steps),
        outcome=UNKNOWN,
        advice=f"{hint}left out: neither Kratos nor Headwater reads this key",
    )


def _differences(file: dict[str, Any]) -> Iterator[Finding]:
    for path, advice in DIFFERENT_DEFAULTS.items():
        if _at(file, path) is None:
            yield Finding(path=pointer(path.split("/")), outcome=DIFFERS, advice=advice)
    cors = "serve/public/cors"
    if _at(file, f"{cors}/enabled") is True and _at(file, f"{cors}/allowed_origins") is None:
        yield Finding(path=pointer([*cors.split("/"), "allowed_origins"]), outcome=DIFFERS, advice=CORS_ORIGINS)


def _at(value: Any, path: str) -> Any:
    for step in path.split("/"):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _table() -> _Node:
    root = _Node()
    for rule in RULES:
        for key in rule.keys or ("",):
            node = root
            for step in f"{rule.anchor}/{key}".strip("/").split("/"):
                node = node.following.setdefault(step, _Node())
            node.rule = rule
    return root


_TABLE = _table()
