"""Finds out, before a template is used, where in the HTML each of its values will stand, and how to escape it there.

Go's html/template does this, and people rely on it: a name such as `<script>` or a link such as `javascript:…` in
somebody's traits must stay a name and go nowhere. Places where no escaping is safe are refused.
"""

import html
from collections.abc import Callable
from urllib.parse import quote

from headwater.identity.courier.templates.errors import TemplateSyntaxError
from headwater.identity.courier.templates.html_places import URL_ATTRIBUTES, Place, State, advance, joined
from headwater.identity.courier.templates.tree import Branch, Include, Node, Output, Text, Tree

SAFE_SCHEMES = ("http", "https", "mailto", "tel")
BLOCKED_URL = "#blocked"
URL_LETTERS = ";/?:@&=+$,#%-_.!~*'()[]"
NO_LETTERS = ""
RCDATA = frozenset({"textarea", "title"})
CODE_ATTRIBUTES = frozenset({"style", "srcdoc", "srcset"})
CODE_PREFIX = "on"

Escaper = Callable[[str], str]


class HtmlPlan:
    """Which escaper each Output gets, by its identity in one tree."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._escapers: dict[int, Escaper] = {}
        self._ends: dict[tuple[str, State], State] = {}
        self._open: set[str] = set()
        end = self._walk(tree.nodes, State())
        if end.place is not Place.TEXT:
            raise TemplateSyntaxError(f"ends {end.place.value}: something isn't closed")

    def escape(self, node: Output, text: str) -> str:
        return self._escapers[id(node)](text)

    def _walk(self, nodes: tuple[Node, ...], state: State) -> State:
        for node in nodes:
            match node:
                case Text():
                    state = advance(state, node.text)
                case Output() if not node.pipeline.targets:
                    self._output(node, state)
                case Branch():
                    state = self._branch(node, state)
                case Include():
                    state = self._include(node, state)
        return state

    def _output(self, node: Output, state: State) -> None:
        # The value itself may be empty, so it doesn't begin an attribute: what follows is checked as a beginning, too.
        escaper = _escaper(state, node.line)
        if self._escapers.setdefault(id(node), escaper) is not escaper:
            raise TemplateSyntaxError(f"uses the value in line {node.line} in two places that escape differently")

    def _branch(self, node: Branch, state: State) -> State:
        body = self._walk(node.body, state)
        otherwise = self._walk(node.otherwise, state)
        end = joined(body, otherwise)
        if end is not None and node.word == "range":
            end = joined(end, state)
        if end is None:
            raise TemplateSyntaxError(f"has an HTML element or attribute in line {node.line} that ends only sometimes")
        return end

    def _include(self, node: Include, state: State) -> State:
        if node.name in self._open:
            raise TemplateSyntaxError(f"has a part, {node.name!r}, that contains itself")
        key = (node.name, state)
        if key not in self._ends:
            self._open.add(node.name)
            self._ends[key] = self._walk(self._tree.parts[node.name], state)
            self._open.discard(node.name)
        return self._ends[key]


def _escaper(state: State, line: int) -> Escaper:
    if state.place in (Place.TEXT, Place.COMMENT) or (state.place is Place.RAW and state.element in RCDATA):
        return html.escape
    if state.place is not Place.VALUE:
        raise TemplateSyntaxError(f"writes a value in line {line} {state.place.value}, where no escaping is safe")
    if state.attribute in CODE_ATTRIBUTES or state.attribute.startswith(CODE_PREFIX):
        raise TemplateSyntaxError(
            f"writes a value in line {line} into the attribute {state.attribute}, where no escaping is safe"
        )
    if state.attribute not in URL_ATTRIBUTES:
        return html.escape
    if not state.has_begun:
        return whole_url
    return url_parameter if state.has_query else url_part


def whole_url(text: str) -> str:
    """Return a URL for an attribute; one that would run code instead of going somewhere goes nowhere."""
    scheme, colon, _ = text.partition(":")
    is_relative = not colon or "/" in scheme
    if not is_relative and scheme.strip().lower() not in SAFE_SCHEMES:
        return BLOCKED_URL
    return url_part(text)


def url_part(text: str) -> str:
    return html.escape(quote(text, safe=URL_LETTERS))


def url_parameter(text: str) -> str:
    return html.escape(quote(text, safe=NO_LETTERS))
