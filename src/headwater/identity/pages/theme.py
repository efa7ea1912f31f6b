"""An operator's colours and shapes: CSS variables from the configuration (`pages.css_variables`), each checked.

A value ends up in a stylesheet that every visitor loads, so what could end a declaration, name an address or call a
function has no pattern to match. The variables are described at the top of static/pages.css.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from headwater.actions import problems
from headwater.identity.config.section import Section, kind, problem

COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-z]{3,20}|(?:rgb|hsl|oklch|oklab)a?\([0-9.,%/ deg]{3,60}\)")
LENGTH = re.compile(r"0|[0-9]{1,3}(?:\.[0-9]{1,3})?(?:px|rem|em|ch)")
FONT_NAME = r"(?:[A-Za-z][A-Za-z0-9 -]{0,40}|\"[A-Za-z0-9 -]{1,40}\")"
FONT = re.compile(rf"{FONT_NAME}(?:, ?{FONT_NAME}){{0,9}}")

PREFIX = "--headwater-"
COLOURS = (
    "background", "surface", "text", "muted", "border", "accent", "on-accent", "link", "danger", "success", "focus",
)  # fmt: skip
PATTERNS: Mapping[str, re.Pattern[str]] = {
    **{f"{PREFIX}{name}": COLOUR for name in COLOURS},
    **{f"{PREFIX}dark-{name}": COLOUR for name in COLOURS},
    f"{PREFIX}radius": LENGTH,
    f"{PREFIX}width": LENGTH,
    f"{PREFIX}font": FONT,
}
LOOKS = {COLOUR: "a colour such as #0b57d0", LENGTH: "a length such as 8px or 0.5rem", FONT: "a list of font names"}
DIGEST_CHARACTERS = 16
FILE_PREFIX = "theme-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Checked variables, and the stylesheet they make; empty without any."""

    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def css(self) -> str:
        if not self.variables:
            return ""
        return ":root{" + "".join(f"{name}:{value};" for name, value in sorted(self.variables.items())) + "}\n"

    @property
    def file_name(self) -> str:
        """Return a name that changes with the content, so that browsers may keep it for good."""
        return f"{FILE_PREFIX}{hashlib.sha256(self.css.encode()).hexdigest()[:DIGEST_CHARACTERS]}.css"


def parse(pages: Section) -> Theme:
    """Read the section `pages`. Raises ConfigProblem naming the variable that is unknown or no fit value."""
    section = pages.section("css_variables")
    return Theme(variables={name: _checked(section, name) for name in section.value})


def _checked(section: Section, name: str) -> str:
    path = f"{section.path}/{problems.escape(name)}"
    pattern = PATTERNS.get(name)
    if pattern is None:
        raise problems.unknown(path, name, what="CSS variable", allowed=PATTERNS)
    value = section.raw(name)
    if not isinstance(value, str):
        raise problem(path, f"must be a text, not {kind(value)}")
    if not pattern.fullmatch(value):
        raise problem(path, f"must be {LOOKS[pattern]}")
    return value
