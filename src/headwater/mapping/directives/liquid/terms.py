"""The values in a Liquid expression: literals, names with what is read of them, ranges."""

import math
from collections.abc import Callable
from typing import Any

from headwater.mapping.directives.liquid import operators
from headwater.mapping.directives.liquid.frame import BLANK, EMPTY, NIL, Frame, Word, plain
from headwater.mapping.directives.liquid.reading import member
from headwater.mapping.directives.liquid.scanner import Scanner, TemplateError
from headwater.mapping.directives.values import UNDEFINED

Expression = Callable[[Frame], Any]

LITERALS = {"true": True, "false": False, "nil": NIL, "null": NIL, "empty": EMPTY, "blank": BLANK}
_WORDS = tuple(LITERALS)


def operand(scanner: Scanner) -> Expression | None:
    """Return one value: a literal, a name with what is read of it, a range; None if there is none."""
    scanner.skip_blank()
    start = _literal(scanner)
    if start is None and scanner.peek() == "(":
        start = _range(scanner)
    steps = _steps(scanner, is_first=start is None)
    if not steps:
        return start
    return _read(start, steps)


def _literal(scanner: Scanner) -> Expression | None:
    word = scanner.word(_WORDS)
    if word is not None:
        return _constant(LITERALS[word])
    quoted = scanner.quoted()
    if quoted is not None:
        return _constant(quoted)
    number = scanner.number()
    return None if number is None else _constant(number)


def _constant(value: Any) -> Expression:
    return lambda _frame: value


def nothing(_frame: Frame) -> Any:
    return UNDEFINED


def _range(scanner: Scanner) -> Expression:
    scanner.at += 1
    low = operand(scanner)
    scanner.skip_blank()
    is_closed = scanner.took("..")
    high = operand(scanner) if is_closed else None
    scanner.skip_blank()
    if low is None or high is None or not scanner.took(")"):
        raise TemplateError(f"a range (1..3) is expected at: {shown(scanner)}")
    first, last = low, high
    return lambda frame: _listed(operators.number(first(frame), frame), operators.number(last(frame), frame), frame)


def _listed(low: float, high: float, frame: Frame) -> list[float]:
    if not high >= low:
        return []
    if math.isinf(low) or math.isinf(high):
        raise frame.failure("a range must have an end")
    count = math.ceil(high - low + 1)
    frame.run.spend(count)
    return [low + index for index in range(count)]


def _steps(scanner: Scanner, *, is_first: bool) -> list[Expression]:
    steps: list[Expression] = []
    while True:
        if scanner.took("["):
            steps.append(operand(scanner) or _constant(""))
            close = scanner.text.find("]", scanner.at)
            if close < 0:
                raise TemplateError("a [ is not closed")
            scanner.at = close + 1
        elif is_first and not steps and (name := scanner.identifier()):
            steps.append(_constant(name))
        elif scanner.peek() == "." and scanner.peek(1) != ".":
            scanner.at += 1
            name = scanner.identifier()
            if not name:
                return steps
            steps.append(_constant(name))
        else:
            return steps


def _read(start: Expression | None, steps: list[Expression]) -> Expression:
    def read(frame: Frame) -> Any:
        keys = [plain(step(frame)) for step in steps]
        value = frame.look_up(frame.js_text(keys.pop(0))) if start is None else start(frame)
        if isinstance(value, Word):
            return UNDEFINED
        for key in keys:
            value = member(value, key, frame)
        return value

    return read


def shown(scanner: Scanner) -> str:
    return scanner.rest()[:20] or "the end"
