"""Liquid expressions: values, operators, filters. Read once, evaluated for each event."""

from typing import Any

from headwater.mapping.directives.liquid import operators
from headwater.mapping.directives.liquid.filters import FILTERS, REFUSED
from headwater.mapping.directives.liquid.frame import Frame
from headwater.mapping.directives.liquid.scanner import Scanner, TemplateError
from headwater.mapping.directives.liquid.terms import Expression, nothing, operand, shown
from headwater.mapping.directives.values import UNDEFINED

_OPERATORS = ("contains", "not", "and", "or", "==", "!=", ">=", "<=", ">", "<")


def whole(text: str) -> Expression:
    """Return the expression that `text` is. Raises TemplateError."""
    return filtered(Scanner(text))


def filtered(scanner: Scanner) -> Expression:
    """Return the value that stands here, with its filters. Raises TemplateError."""
    value = _operation(scanner)
    if value is None:
        raise TemplateError(f"a value is expected at: {shown(scanner)}")
    while one := _filter(scanner):
        value = _applied(value, *one)
    return value


def _applied(value: Expression, name: str, arguments: list[Expression]) -> Expression:
    known = FILTERS.get(name)

    def apply(frame: Frame) -> Any:
        found = value(frame)
        given = [argument(frame) for argument in arguments]
        if name in REFUSED:
            raise frame.failure(f"the filter {name} can't be used here")
        frame.run.spend(1)
        return found if known is None else known(frame, found, given)

    return apply


def _filter(scanner: Scanner) -> tuple[str, list[Expression]] | None:
    scanner.skip_blank()
    if scanner.is_done or scanner.peek() in {")", ","}:
        return None
    if not scanner.took("|"):
        raise TemplateError(f"a | is expected before a filter, at: {shown(scanner)}")
    name = scanner.identifier()
    scanner.skip_blank()
    if not name and not scanner.is_done:
        raise TemplateError(f"the name of a filter is expected at: {shown(scanner)}")
    if not name:
        return None
    if scanner.peek() == ":":
        return name, _arguments(scanner)
    if not scanner.is_done and scanner.peek() not in {"|", ")", ","}:
        raise TemplateError(f"a : is expected after the filter {name}")
    return name, []


def _arguments(scanner: Scanner) -> list[Expression]:
    found = []
    while True:
        scanner.at += 1
        argument = _argument(scanner)
        if argument is not None:
            found.append(argument)
        scanner.skip_blank()
        if not scanner.is_done and scanner.peek() not in {",", "|", ")"}:
            raise TemplateError(f"unexpected: {shown(scanner)}")
        if scanner.peek() != ",":
            return found


def _argument(scanner: Scanner) -> Expression | None:
    scanner.skip_blank()
    start = scanner.at
    value = operand(scanner)
    name = scanner.text[start : scanner.at]
    scanner.skip_blank()
    if value is None or not scanner.took(":"):
        return value
    named = operand(scanner) or nothing
    return lambda frame: [name, named(frame)]


def _operation(scanner: Scanner) -> Expression | None:
    """Return values and operators as one. Equal operators go from the right; a value too many is ignored."""
    output: list[Expression | str] = []
    waiting: list[str] = []
    while True:
        scanner.skip_blank()
        operator = scanner.word(_OPERATORS)
        if operator is not None:
            while waiting and _precedence(waiting[-1]) > _precedence(operator):
                output.append(waiting.pop())
            waiting.append(operator)
            continue
        value = operand(scanner)
        if value is None:
            break
        output.append(value)
    output += reversed(waiting)
    return _postfix(output) if output else None


def _precedence(operator: str) -> int:
    return operators.PRECEDENCE.get(operator, operators.COMPARING)


def _postfix(output: list[Expression | str]) -> Expression:
    if len(output) == 1 and not isinstance(output[0], str):
        return output[0]

    def evaluate(frame: Frame) -> Any:
        stack: list[Any] = []
        for one in output:
            stack.append(_operated(one, stack, frame) if isinstance(one, str) else one(frame))
        return stack[0]

    return evaluate


def _operated(operator: str, stack: list[Any], frame: Frame) -> bool:
    right = stack.pop() if stack else UNDEFINED
    if operator == operators.NOT:
        return not operators.is_true(right)
    left = stack.pop() if stack else UNDEFINED
    return operators.BINARY_OPERATORS[operator](left, right, frame)
