"""From what a page says to HTML: everything is escaped, and a name that a template misspells is an error."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from headwater.identity.pages import words
from headwater.identity.pages.assets import Assets
from headwater.identity.pages.theme import Theme

TEMPLATES = "templates"


class Rendering:
    """Compiled templates."""

    def __init__(self, assets: Assets) -> None:
        self._environment = Environment(
            loader=PackageLoader("headwater.identity.pages", TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(assets=assets, group_heading=words.group_heading)

    def html(self, template: str, *, theme: Theme, **names: Any) -> str:
        """Return the page."""
        return self._environment.get_template(template).render(theme=theme, **names)
