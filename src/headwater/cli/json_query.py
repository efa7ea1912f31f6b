"""`key=="value"`: which items of a list a JSON path means. As gjson, which Ory's CLI reads paths with, has it."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
LIKE, UNLIKE = "%", "!%"
_QUERY = re.compile(r"\s*(?P<path>.*?)\s*(?P<sign>==|!=|<=|>=|!%|<|>|%)\s*(?P<value>.*?)\s*", re.DOTALL)
QUOTE = '"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`path` within each item; without a `sign` being there is enough."""

    path: str
    sign: str = ""
    value: str = ""

    def fits(self, found: Any) -> bool:
        """Tell whether what is at the path is as wanted. What stands there says how it is compared."""
        if not self.sign:
            return True
        if isinstance(found, bool) or found is None:
            word = {True: "true", False: "false", None: "null"}[found]
            return self.sign in ("==", "!=") and COMPARISONS[self.sign](word, self.value)
        if isinstance(found, str):
            return self._fits_text(found)
        return isinstance(found, int | float) and self._fits_number(found)

    def _fits_text(self, found: str) -> bool:
        if self.sign in (LIKE, UNLIKE):
            is_like = re.fullmatch(translate(self.value.replace("[", "[[]")), found) is not None
            return is_like is (self.sign == LIKE)
        return COMPARISONS[self.sign](found, self.value)

    def _fits_number(self, found: float) -> bool:
        try:
            return COMPARISONS[self.sign](found, float(self.value))
        except (KeyError, ValueError):
            return False


def parse(text: str) -> Query:
    """Return the query that stands between the brackets of `#(…)`."""
    match = _QUERY.fullmatch(text)
    if match is None:
        return Query(path=text.strip())
    value = match["value"]
    is_quoted = len(value) > 1 and value.startswith(QUOTE) and value.endswith(QUOTE)
    return Query(
        path=match["path"], sign=match["sign"], value=value[1:-1].replace('\\"', QUOTE) if is_quoted else value
    )
