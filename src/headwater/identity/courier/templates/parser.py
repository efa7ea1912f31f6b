"""Pieces to a tree. What this language doesn't have here is refused by name, with its line."""

import difflib
from collections.abc import Callable

from headwater.identity.courier.templates import tokens
from headwater.identity.courier.templates.errors import TemplateSyntaxError
from headwater.identity.courier.templates.functions import NAMES
from headwater.identity.courier.templates.limits import DEPTH
from headwater.identity.courier.templates.tokens import Action
from headwater.identity.courier.templates.tree import Branch, Include, Node, Output, Pipeline, Text, Tree
from headwater.identity.courier.templates.words import Words

IF, WITH, RANGE, ELSE, END, DEFINE, TEMPLATE = "if", "with", "range", "else", "end", "define", "template"
BRANCHES = (IF, WITH, RANGE)
REFUSED = {
    "block": "write {{ define }} and {{ template }} instead",
    "break": "end the range with a condition inside instead",
    "continue": "use an if inside the range instead",
}


def parse(source: str) -> Tree:
    """Return `source` as a tree. Raises TemplateSyntaxError, whose message reads on from the template's name."""
    return _Parser(source).tree()


class _Parser:
    def __init__(self, source: str) -> None:
        self._pieces = tokens.split(source)
        self._at = 0
        self._depth = 0
        self._parts: dict[str, tuple[Node, ...]] = {}

    def tree(self) -> Tree:
        nodes, ending = self._nodes()
        if ending is not None:
            raise TemplateSyntaxError(f"has an {{{{ {ending.word} }}}} too many in line {ending.line}")
        return Tree(nodes=nodes, parts=self._parts)

    def _nodes(self) -> tuple[tuple[Node, ...], Words | None]:
        """Return the nodes up to an `end` or `else` of somebody further up, and that."""
        nodes: list[Node] = []
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            self._at += 1
            if isinstance(piece, str):
                nodes.append(Text(text=piece))
                continue
            words = Words(piece)
            if words.word in (ELSE, END):
                return tuple(nodes), words
            node = self._node(words, piece)
            if node is not None:
                nodes.append(node)
        return tuple(nodes), None

    def _node(self, words: Words, action: Action) -> Node | None:
        if words.word in REFUSED:
            raise TemplateSyntaxError(
                f"uses {words.word} in line {action.line}, which isn't supported: {REFUSED[words.word]}"
            )
        special: dict[str, Callable[[Words], Node | None]] = {
            **dict.fromkeys(BRANCHES, self._branch),
            DEFINE: self._define,
            TEMPLATE: self._include,
        }
        if words.word in special:
            return special[words.word](words)
        pipeline = words.pipeline()
        words.finish()
        _check_functions(words)
        return Output(pipeline=pipeline, line=action.line)

    def _branch(self, words: Words) -> Branch:
        word = words.take_name()
        pipeline = words.pipeline(most_targets=2 if word == RANGE else 1)
        words.finish()
        _check_functions(words)
        body, ending = self._deeper(words)
        otherwise: tuple[Node, ...] = ()
        if ending.word == ELSE:
            otherwise = self._otherwise(ending)
        else:
            _check_end(ending)
        return Branch(word=word, pipeline=pipeline, body=body, otherwise=otherwise, line=words.line)

    def _otherwise(self, words: Words) -> tuple[Node, ...]:
        words.take_name()
        if words.word in (IF, WITH):  # `else if` is an if of its own that shares the end
            self._descend(words)
            branch = self._branch(words)
            self._depth -= 1
            return (branch,)
        words.finish()
        nodes, ending = self._deeper(words)
        _check_end(ending)
        return nodes

    def _define(self, words: Words) -> None:
        words.take_name()
        name = words.take_text()
        words.finish()
        if name in self._parts or self._depth:
            raise TemplateSyntaxError(f"defines {name!r} in line {words.line} twice, or inside something else")
        nodes, ending = self._deeper(words)
        _check_end(ending)
        self._parts[name] = nodes

    def _include(self, words: Words) -> Include:
        words.take_name()
        name = words.take_text()
        pipeline: Pipeline | None = None if words.is_done else words.pipeline()
        words.finish()
        _check_functions(words)
        return Include(name=name, pipeline=pipeline, line=words.line)

    def _deeper(self, words: Words) -> tuple[tuple[Node, ...], Words]:
        self._descend(words)
        nodes, ending = self._nodes()
        self._depth -= 1
        if ending is None:
            raise TemplateSyntaxError(f"has no {{{{ end }}}} for what begins in line {words.line}")
        return nodes, ending

    def _descend(self, words: Words) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise TemplateSyntaxError(f"nests more than {DEPTH} deep in line {words.line}")


def _check_end(ending: Words) -> None:
    if ending.word != END:
        raise TemplateSyntaxError(f"has an {{{{ else }}}} in line {ending.line} where only an end can stand")
    ending.take_name()
    ending.finish()


def _check_functions(words: Words) -> None:
    for name in words.functions:
        if name not in NAMES:
            close = difflib.get_close_matches(name, NAMES, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise TemplateSyntaxError(f"calls {name} in line {words.line}, which isn't supported{hint}")
