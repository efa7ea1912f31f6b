"""Where in an HTML document a letter stands. Only as much of HTML's grammar as tells where a value may be written."""

import enum
import re
from dataclasses import dataclass, replace

from headwater.identity.courier.templates.errors import TemplateSyntaxError

TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]*)")
TAG_NAME_CUT_OFF = re.compile(r"</?(?:[A-Za-z][A-Za-z0-9:-]*)?\Z")
ATTRIBUTE_NAME = re.compile(r"[^\s=/>]+")
SPACE = re.compile(r"[\s/]+")
UNQUOTED = re.compile(r"[^\s>]+")
COMMENT_OPEN, COMMENT_CLOSE = "<!--", "-->"
RAW_ELEMENTS = frozenset({"script", "style", "textarea", "title"})
URL_ATTRIBUTES = frozenset({"href", "src", "action", "formaction", "background", "cite", "poster", "srcset"})


class Place(enum.Enum):
    """The value completes "a value … can't be written safely"."""

    TEXT = "between elements"
    TAG = "inside a tag"
    BEFORE_VALUE = "as an attribute without quotes"
    VALUE = "as an attribute"
    UNQUOTED = "in an attribute without quotes"
    COMMENT = "in a comment"
    RAW = "in a script or style"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A place, with what it takes to find the way out of it. `has_begun` and `has_query` speak of a value."""

    place: Place = Place.TEXT
    element: str = ""
    attribute: str = ""
    quote: str = ""
    has_begun: bool = False
    has_query: bool = False


def advance(state: State, text: str) -> State:
    """Return where `text` leads from `state`. Raises TemplateSyntaxError if it ends inside a tag's name."""
    at = 0
    while at < len(text):
        state, at = STEPS[state.place](state, text, at)
    return state


def joined(left: State, right: State) -> State | None:
    """Return what both branches of a condition lead to, None if that isn't one place."""
    begun, query = left.has_begun and right.has_begun, left.has_query or right.has_query
    same = replace(left, has_begun=begun, has_query=query)
    return same if same == replace(right, has_begun=begun, has_query=query) else None


def _text(state: State, text: str, at: int) -> tuple[State, int]:
    start = text.find("<", at)
    if start < 0:
        return state, len(text)
    if text.startswith(COMMENT_OPEN, start):
        return State(place=Place.COMMENT), start + len(COMMENT_OPEN)
    if TAG_NAME_CUT_OFF.match(text, start):
        raise TemplateSyntaxError("has a tag whose name is put together from parts")
    name = TAG_NAME.match(text, start)
    if name is None:
        return state, start + 1
    is_closing = name[0].startswith("</")
    return State(place=Place.TAG, element="" if is_closing else name[1].lower()), name.end()


def _tag(state: State, text: str, at: int) -> tuple[State, int]:
    if space := SPACE.match(text, at):
        return state, space.end()
    if text[at] == ">":
        raw = state.element in RAW_ELEMENTS
        return State(place=Place.RAW if raw else Place.TEXT, element=state.element if raw else ""), at + 1
    if text[at] == "=":
        return replace(state, place=Place.BEFORE_VALUE), at + 1
    name = ATTRIBUTE_NAME.match(text, at)
    assert name is not None  # noqa: S101  what else a letter could be was seen above
    return replace(state, attribute=name[0].lower()), name.end()


def _before_value(state: State, text: str, at: int) -> tuple[State, int]:
    if text[at].isspace():
        return state, at + 1
    if text[at] in "'\"":
        return replace(state, place=Place.VALUE, quote=text[at], has_begun=False, has_query=False), at + 1
    return replace(state, place=Place.UNQUOTED), at


def _value(state: State, text: str, at: int) -> tuple[State, int]:
    end = text.find(state.quote, at)
    if end >= 0:
        return State(place=Place.TAG, element=state.element), end + 1
    part = text[at:]
    has_query = state.has_query or "?" in part or "#" in part
    return replace(state, has_begun=state.has_begun or bool(part.strip()), has_query=has_query), len(text)


def _unquoted(state: State, text: str, at: int) -> tuple[State, int]:
    if word := UNQUOTED.match(text, at):
        return state, word.end()
    return State(place=Place.TAG, element=state.element), at


def _comment(state: State, text: str, at: int) -> tuple[State, int]:
    end = text.find(COMMENT_CLOSE, at)
    return (state, len(text)) if end < 0 else (State(), end + len(COMMENT_CLOSE))


def _raw(state: State, text: str, at: int) -> tuple[State, int]:
    closing = re.compile(rf"</{state.element}(?=[\s/>]|\Z)", re.IGNORECASE).search(text, at)
    return (state, len(text)) if closing is None else (State(place=Place.TAG), closing.end())


STEPS = {
    Place.TEXT: _text,
    Place.TAG: _tag,
    Place.BEFORE_VALUE: _before_value,
    Place.VALUE: _value,
    Place.UNQUOTED: _unquoted,
    Place.COMMENT: _comment,
    Place.RAW: _raw,
}
