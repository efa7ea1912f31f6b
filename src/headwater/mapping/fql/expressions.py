"""An FQL text, read once, and asked of any number of events."""

from dataclasses import dataclass, field
from typing import Any

from headwater.mapping.fql import evaluation, grammar
from headwater.mapping.fql.evaluation import Condition
from headwater.mapping.fql.nodes import Node, Not
from headwater.mapping.fql.undecided import UndecidableError, Undecided


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition on events. `text` is it as somebody wrote it."""

    text: str
    tree: Node
    condition: Condition = field(repr=False, compare=False)

    def evaluate(self, event: Any) -> bool | Undecided:
        """Return whether it is true of `event`, any JSON. Raises nothing, and leaves the event as it is."""
        try:
            return self.condition(event if type(event) is dict else {})
        except UndecidableError as error:
            return Undecided(f"{error}")


def parse(text: str) -> Expression:
    """Return the expression that `text` is. Raises BadFqlError, which says where it is none."""
    tree = grammar.tree(text)
    return Expression(text, tree, evaluation.condition(tree))


def negated(expression: Expression) -> Expression:
    """Return what is true where `expression` is false or null; undecided where it is."""
    tree = Not(expression.tree)
    return Expression(f"!( {expression.text} )", tree, evaluation.condition(tree))
