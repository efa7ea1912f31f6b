"""What a browser would send for the biggest form of a page, as it stands."""

from html.parser import HTMLParser
from typing import Any


class _Form(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._area: str | None = None
        self._select: str | None = None
        self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: dict[str, Any] = dict(attrs)
        name = found.get("name")
        if tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            values = self.fields.setdefault(self._select, [])
            if "selected" in found or not values:
                values[:] = [found.get("value", "")]
        elif tag == "input" and name and (found.get("type") not in ("checkbox", "radio") or "checked" in found):
            self.fields.setdefault(name, []).append(found.get("value") or ("on" if "checked" in found else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.fields.setdefault(self._area, []).append(self._text.removeprefix("\n"))
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data


def fields_of(html: str) -> dict[str, list[str]]:
    """Return the fields of the form with the most of them."""
    forms = [_Form(part.partition("</form>")[0]).fields for part in html.split("<form")[1:]]
    found = max(forms, key=len)
    found.pop("csrf", None)
    return found
