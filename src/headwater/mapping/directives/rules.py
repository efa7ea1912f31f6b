"""What may stand in a directive, as data: Segment's own validator refuses the same. `check` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DIRECTIVE = "directive"
OBJECT = "object"
LIST = "list"
TEXT = "text"
NUMBER = "number"
FLAG = "flag"
NULL = "null"
EVERY_KIND = frozenset({DIRECTIVE, OBJECT, LIST, TEXT, NUMBER, FLAG, NULL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One place of a directive. Texts are measured in UTF-16 units, as JavaScript does."""

    allowed: str
    """What may stand here, in words."""
    kinds: frozenset[str] = EVERY_KIND
    words: tuple[str, ...] = ()
    """The texts that may stand here; Segment's validator takes them in capitals, too."""
    shortest: int = 0
    longest: int | None = None
    is_looked_into: bool = True
    """Whether directives inside a plain object are checked. Those inside a list never are, as in Segment."""
    fields: Mapping[str, "Rule"] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    first: tuple["Rule", ...] = ()
    """Of a list: the rules of its first items. The first one must be there."""
    each: "Rule | None" = None
    """Of a list: the rule of every item."""


WELL_FORMED = Rule(allowed="any value")
ANY = Rule(allowed="any value")
UNREAD = Rule(allowed="any value", is_looked_into=False)
PLAIN_TEXT = Rule(allowed="a text", kinds=frozenset({TEXT}))
PLAIN_FLAG = Rule(allowed="true or false", kinds=frozenset({FLAG}))
TEXT_OR_DIRECTIVE = Rule(allowed="a text or a directive", kinds=frozenset({TEXT, DIRECTIVE}))
OBJECT_OR_DIRECTIVE = Rule(allowed="an object or a directive", kinds=frozenset({OBJECT, DIRECTIVE}))


def one_of(*words: str) -> Rule:
    return Rule(allowed=" or ".join(words), kinds=frozenset({TEXT}), words=words)


def bounded_text(*, shortest: int = 0, longest: int) -> Rule:
    allowed = f"a text of {shortest} to {longest} characters"
    return Rule(allowed=allowed, kinds=frozenset({TEXT}), shortest=shortest, longest=longest)


def fields(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    names = ", ".join([*required, *(optional or {})])
    allowed = f"an object with {names}"
    every = {**required, **(optional or {})}
    return Rule(allowed=allowed, kinds=frozenset({OBJECT}), fields=every, required=frozenset(required))
