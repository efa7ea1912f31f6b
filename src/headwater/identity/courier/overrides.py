"""`courier.templates`: the operator's own words, checked before they are stored."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from headwater.actions.problems import unknown
from headwater.identity.config.section import Section, problem
from headwater.identity.courier import kinds
from headwater.identity.courier.kinds import EMAIL, KINDS, SMS, Kind
from headwater.identity.courier.templates import template
from headwater.identity.courier.templates.errors import TemplateSyntaxError

PATH = "/courier/templates"
BASE64 = "base64://"
SUBJECT, PLAINTEXT, HTML = "subject", "plaintext", "html"
CHANNELS = {EMAIL, SMS}
NOT_CONFIGURABLE = (kinds.STUB,)
PADDING = "==="


def parse(templates: Mapping[str, Any]) -> dict[tuple[str, str, str], str]:
    """Return the sources of `courier.templates` by (template type, channel, part). Raises ConfigProblem."""
    found: dict[tuple[str, str, str], str] = {}
    root = Section(dict(templates), PATH)
    names = {kind.name for template_type, kind in KINDS.items() if template_type not in NOT_CONFIGURABLE}
    _only_known(root, names, "template")
    for name in root.value:
        for template_type, place in _variants(root.section(name), name):
            found.update(_sources(place, template_type))
    return found


def source_of(templates: Mapping[str, Any], template_type: str, *, channel: str, part: str) -> str | None:
    """Return one source of a section that `parse` has seen; None when the operator didn't write it."""
    kind = KINDS[template_type]
    steps = [kind.name, *([kind.variant] if kind.variant else []), channel]
    steps += [SUBJECT] if part == SUBJECT else ["body", part]
    value: Any = templates
    for step in steps:
        value = value.get(step) if isinstance(value, Mapping) else None
    return decoded(value) if isinstance(value, str) else None


def decoded(uri: str) -> str:
    """Return the text of a base64:// URI, padded or not, of either alphabet. ValueError if it isn't one."""
    letters = "".join(uri.removeprefix(BASE64).split()).rstrip("=")
    standard = letters.replace("-", "+").replace("_", "/")
    return base64.b64decode(standard + PADDING[: -len(standard) % 4], validate=True).decode()


def _variants(section: Section, name: str) -> Iterator[tuple[str, Section]]:
    types = {kind.variant: template_type for template_type, kind in KINDS.items() if kind.name == name}
    if "" in types:
        yield types[""], section
        return
    _only_known(section, set(types), "variant")
    for variant in section.value:
        yield types[variant], section.section(variant)


def _sources(place: Section, template_type: str) -> Iterator[tuple[tuple[str, str, str], str]]:
    kind = KINDS[template_type]
    _only_known(place, CHANNELS, "channel")
    for channel in kind.channels:  # Kratos's schema has an SMS for letters, too, which nobody sends
        if channel not in place.value:
            continue
        section = place.section(channel)
        _only_known(section, {"body", SUBJECT} if channel == EMAIL else {"body"}, "part")
        body = section.section("body")
        _only_known(body, {PLAINTEXT, HTML} if channel == EMAIL else {PLAINTEXT}, "part")
        for part, holder in ((SUBJECT, section), (PLAINTEXT, body), (HTML, body)):
            if uri := holder.text(part, ""):
                yield (template_type, channel, part), _checked(uri, holder.at(part), kind, is_html=part == HTML)


def _checked(uri: str, path: str, kind: Kind, *, is_html: bool) -> str:
    if not uri.startswith(BASE64):
        raise problem(path, "must begin with base64:// and carry the template itself; files and URLs are never fetched")
    try:
        source = decoded(uri)
    except (binascii.Error, ValueError):
        raise problem(path, "is not base64 of UTF-8 text: encode the template with base64 -w0") from None
    try:
        fields = list(template.compiled(source, is_html=is_html).root_fields())
    except TemplateSyntaxError as error:
        raise problem(path, error.message) from None
    for name, line in fields:
        if name not in kind.fields:
            known = ", ".join(f".{field}" for field in sorted(kind.fields))
            raise problem(path, f"takes .{name} in line {line}, which this template isn't given; it has {known}")
    return source


def _only_known(section: Section, allowed: set[str], what: str) -> None:
    for name in section.value:
        if name not in allowed:
            raise unknown(section.at(name), name, what=what, allowed=allowed)
