"""`@replace`: a text with one or two others replaced in it. Patterns are plain text, never regular expressions."""

from typing import Any

from headwater.mapping.directives import js_numbers, operands, replacing
from headwater.mapping.directives.parts import Builder, Part
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.rules import PLAIN_FLAG, TEXT_OR_DIRECTIVE, bounded_text, fields
from headwater.mapping.directives.run import Run, failed
from headwater.mapping.directives.values import UNDEFINED, is_truthy, length

LONGEST_PATTERN = 10
LONGEST_REPLACEMENT = 10
RULE = fields(
    {"pattern": bounded_text(shortest=1, longest=LONGEST_PATTERN), "value": TEXT_OR_DIRECTIVE},
    {
        "replacement": bounded_text(longest=LONGEST_REPLACEMENT),
        "ignorecase": PLAIN_FLAG,
        "global": PLAIN_FLAG,
    },
)
NOTHING = "has an empty value"


def build(value: Any, place: Place, builder: Builder) -> Part:
    """Return the part. What is no text, number or flag gives the empty text."""
    given = operands.options(value, place)
    operands.needed(given, "pattern", place)
    if not is_truthy(given.get("value")):
        return lambda _payload, _run: UNDEFINED
    part = builder.part(given["value"], (*place, "value"))
    replacer = _Replacer(given, place)
    return lambda payload, run: replacer.replaced(part(payload, run), run)


class _Replacer:
    """The options of one `@replace`, with what Segment takes where one is missing or null."""

    def __init__(self, given: dict[str, Any], place: Place) -> None:
        self._place = place
        self._pairs = [(given["pattern"], _or(given.get("replacement"), ""))]
        second = given.get("pattern2")
        if second:
            self._pairs.append((second, _or(given.get("replacement2"), "")))
        self._is_caseless = _or(given.get("ignorecase"), default=False)
        self._is_global = _or(given.get("global"), default=True)

    def replaced(self, value: Any, run: Run) -> Any:
        text = _text(value)
        pattern, replacement = self._pairs[0]
        flags = (self._is_caseless, self._is_global)
        if text is None or not _are_texts(pattern, replacement) or not all(isinstance(flag, bool) for flag in flags):
            return ""
        for pattern, replacement in self._pairs:
            if _are_texts(pattern, replacement):
                text = self._once(text, pattern, replacement, run)
        return text

    def _once(self, text: str, pattern: str, replacement: str, run: Run) -> str:
        if length(pattern) > LONGEST_PATTERN or length(replacement) > LONGEST_REPLACEMENT:
            raise failed(self._place, f"patterns and replacements have at most {LONGEST_PATTERN} characters")
        return replacing.replace(
            text, pattern, replacement, is_global=self._is_global, is_caseless=self._is_caseless, run=run
        )


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _are_texts(*values: Any) -> bool:
    return all(isinstance(value, str) for value in values)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return js_numbers.write(value)
    return value if isinstance(value, str) else None
