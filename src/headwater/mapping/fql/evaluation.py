"""An FQL tree → a plain function of an event. All that can be known before the event comes is decided here."""

from collections.abc import Callable
from typing import Any

from headwater.mapping.fql import fields, functions, values
from headwater.mapping.fql.nodes import And, Call, Comparison, Everything, Listing, Literal, Node, Not, Or, Path
from headwater.mapping.fql.undecided import UndecidableError

Event = dict[str, Any]
Value = Callable[[Event], Any]
Condition = Callable[[Event], bool]

ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def condition(node: Node) -> Condition:
    """Return what tells whether `node` holds: null counts as false, and what is no bool raises UndecidableError."""
    match node:
        case Everything():
            return lambda _event: True
        case Not():
            holds = condition(node.operand)
            return lambda event: not holds(event)
        case And() | Or():
            join = _all if isinstance(node, And) else _any
            return join([condition(operand) for operand in node.operands])
        case Comparison():
            return _comparison(node)
        case Call() if functions.FUNCTIONS[node.function].is_condition:
            return value(node)
        case _:
            return _truth(value(node))


def value(node: Node) -> Value:
    """Return what finds the value of `node`."""
    match node:
        case Literal():
            constant = node.value
            return lambda _event: constant
        case Path():
            return fields.reader(node.keys)
        case Listing():
            return _listing(node)
        case Call():
            return _call(node)
        case _:
            return condition(node)


def _truth(find: Value) -> Condition:
    def holds(event: Event) -> bool:
        found = find(event)
        if found is True:
            return True
        if found is None or found is False:
            return False
        raise UndecidableError(f"the type is {values.type_of(found)} where true or false is needed")

    return holds


def _all(parts: list[Condition]) -> Condition:
    if len(parts) == 2:  # noqa: PLR2004 - the commonest, without a loop
        first, second = parts
        return lambda event: first(event) and second(event)

    def holds(event: Event) -> bool:
        for part in parts:  # noqa: SIM110 - a generator costs more than the parts
            if not part(event):
                return False
        return True

    return holds


def _any(parts: list[Condition]) -> Condition:
    if len(parts) == 2:  # noqa: PLR2004 - the commonest, without a loop
        first, second = parts
        return lambda event: first(event) or second(event)

    def holds(event: Event) -> bool:
        for part in parts:  # noqa: SIM110 - a generator costs more than the parts
            if part(event):
                return True
        return False

    return holds


def _listing(node: Listing) -> Value:
    items = [value(item) for item in node.items]
    if all(isinstance(item, Literal) for item in node.items):
        constant = [item({}) for item in items]
        return lambda _event: constant
    return lambda event: [item(event) for item in items]


def _call(node: Call) -> Value:
    call = functions.FUNCTIONS[node.function].call
    arguments = [value(argument) for argument in node.arguments]
    if len(arguments) == 1:
        (only,) = arguments
        return lambda event: call(only(event))
    first, second = arguments
    return lambda event: call(first(event), second(event))


def _comparison(node: Comparison) -> Condition:
    left, right = value(node.left), value(node.right)
    if node.operator == "in":
        return _membership(left, node.right)
    if node.operator in ORDER:
        return _order(ORDER[node.operator], left, right)
    same = _equality(left, node.right)
    return same if node.operator == "=" else lambda event: not same(event)


def _order(is_so: Callable[[float, float], bool], left: Value, right: Value) -> Condition:
    def holds(event: Event) -> bool:
        one, other = left(event), right(event)
        return values.is_number(one) and values.is_number(other) and is_so(one, other)

    return holds


def _equality(left: Value, right: Node) -> Condition:
    find = value(right)
    if isinstance(right, Literal):
        constant: Any = right.value
        if constant is None or type(constant) is bool:
            return lambda event: left(event) is constant
        if type(constant) is str:
            return lambda event: bool(left(event) == constant)  # no other type of JSON equals a text
    return lambda event: values.are_same(left(event), find(event))


def _membership(left: Value, right: Node) -> Condition:
    if not isinstance(right, Listing) or not all(isinstance(item, Literal) for item in right.items):
        find = value(right)
        return lambda event: _is_in(left(event), find(event))
    constants = [item.value for item in right.items if isinstance(item, Literal)]
    texts = frozenset(constant for constant in constants if type(constant) is str)
    others = [constant for constant in constants if type(constant) is not str]

    def holds(event: Event) -> bool:
        found = left(event)
        return found in texts if type(found) is str else _is_in(found, others)

    return holds


def _is_in(found: Any, items: Any) -> bool:
    """Tell whether a list has it; no list at all has nothing."""
    if items is None:
        return False
    if type(items) is not list:
        raise UndecidableError(f"the type is {values.type_of(items)} where `in` needs a list")
    return any(values.are_same(found, item) for item in items)
