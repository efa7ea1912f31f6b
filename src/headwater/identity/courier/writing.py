"""From a template type and its data to words. Pure: no time, no database, bounded work."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog

from headwater.identity.courier import kinds, overrides
from headwater.identity.courier.kinds import EMAIL, GO_NAMES, SECRET_KEYS
from headwater.identity.courier.overrides import HTML, PLAINTEXT, SUBJECT
from headwater.identity.courier.templates import template
from headwater.identity.courier.templates.errors import TemplateError
from headwater.identity.courier.wording import WORDS, Words

MASK = "******"
MOST_SUBJECT_LETTERS = 500
SECRET_NAMES = frozenset(GO_NAMES[key] for key in SECRET_KEYS)

logger = structlog.get_logger(__name__)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a message. `shown_subject` has codes and links masked: it may be stored and shown."""

    subject: str
    shown_subject: str
    body: str
    html_body: str

    def __repr__(self) -> str:
        return f"Written({self.shown_subject!r})"


def write(template_type: str, *, channel: str, data: Mapping[str, Any], templates: Mapping[str, Any]) -> Written:
    """Return the words for `data`, in the operator's templates where there are any."""
    pen = _Pen(template_type, channel=channel, data=data, templates=templates)
    if channel != EMAIL:
        return Written(subject="", shown_subject="", body=pen.part(PLAINTEXT), html_body="")
    return Written(
        subject=one_line(pen.part(SUBJECT)),
        shown_subject=one_line(pen.part(SUBJECT, is_masked=True)),
        body=pen.part(PLAINTEXT),
        html_body=pen.part(HTML),
    )


def completed(data: Mapping[str, Any], *, recipient: str) -> dict[str, Any]:
    """Return `data` with what follows from it: the recipient, and the page's domain for phones."""
    domain = urlsplit(str(data.get("request_url") or "")).hostname or ""
    return {"request_url_domain": domain, **data, "to": recipient}


def one_line(text: str) -> str:
    """Return a subject without what would end its header and begin another of mallory's."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(visible.split())[:MOST_SUBJECT_LETTERS]


class _Pen:
    def __init__(
        self, template_type: str, *, channel: str, data: Mapping[str, Any], templates: Mapping[str, Any]
    ) -> None:
        self._template_type = template_type
        self._channel = channel
        self._templates = templates
        self._data = {GO_NAMES[key]: value for key, value in data.items() if key in GO_NAMES}
        self._masked = {**self._data, **{name: MASK for name in SECRET_NAMES if name in self._data}}

    def part(self, part: str, *, is_masked: bool = False) -> str:
        """Write one part. An operator's template that fails on this person's data gives way to ours.

        Otherwise a trait of an unforeseen shape would lock its owner out.
        """
        data = self._masked if is_masked else self._data
        own = overrides.source_of(self._templates, self._template_type, channel=self._channel, part=part)
        if own is not None:
            try:
                return template.compiled(own, is_html=part == HTML).render(data)
            except TemplateError as error:
                where = f"{self._template_type} {self._channel} {part}"
                logger.warning("courier_template_failed", template=where, reason=error.message)
        source = _ours(WORDS[self._template_type], self._channel, part)
        return template.compiled(source, is_html=part == HTML).render(data)


def _ours(words: Words, channel: str, part: str) -> str:
    if channel != EMAIL:
        return words.sms
    match part:
        case overrides.SUBJECT:
            return words.subject
        case overrides.PLAINTEXT:
            return words.plaintext
        case _:
            return words.html


def supports(template_type: str, channel: str) -> bool:
    """Tell whether messages of this type go by `channel`."""
    return channel in kinds.KINDS[template_type].channels
