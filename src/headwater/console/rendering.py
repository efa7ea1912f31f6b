"""From what a page says to HTML: everything is escaped, and a name that a template misspells is an error."""

import json
import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from headwater.console import shown_numbers, shown_request
from headwater.console.assets import Assets
from headwater.console.navigation import PLACES, is_at

QUOTED = re.compile(r"`([^`]+)`")
TOO_DEEP = '"It is nested too deeply to be shown; its trace in the API has it whole."'


class Rendering:
    """Compiled templates."""

    def __init__(self, assets: Assets) -> None:
        self._environment = Environment(
            loader=PackageLoader("headwater.console", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            asset=assets.paths.__getitem__, asset_or_none=assets.paths.get, places=PLACES, is_at=is_at
        )
        self._environment.filters.update(
            pretty=_pretty,
            request=shown_request.text,
            number=_number,
            moment=_moment,
            size=shown_numbers.size,
            counted=shown_numbers.counted,
            worded=worded,
        )

    def html(self, template: str, **names: Any) -> str:
        """Return the page."""
        return self._environment.get_template(template).render(**names)


def _pretty(value: Any) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:  # mallory's events may be as deep as the tracking API takes, and pages show them all
        return TOO_DEEP


def worded(value: str) -> Markup:
    """Return the API's words, with what is in backticks as code. They are escaped first: backticks let no markup in."""
    return Markup(QUOTED.sub(r"<code>\1</code>", str(escape(value))))  # noqa: S704


def _number(value: float) -> str:
    return f"{value:,}"


def _moment(value: str) -> str:
    """Return a time of the API as people read it: 2026-11-29 08:15:02 (UTC)."""
    return value.replace("T", " ").partition(".")[0].removesuffix("Z")
