"""An operator in front of the console, in a real Chromium: what they see is kept as pictures, and judged."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect

from acceptance.chromium import Person
from acceptance.pages_stage import BARRIERS
from acceptance.programs import need_npm_clients

# Kept after the run, for whoever wants to look: one picture a page, colour scheme and width.
PICTURES = Path(os.environ.get("HEADWATER_PICTURES", Path(__file__).parents[2] / "build" / "console"))
SCREENS = {
    f"{scheme}-{width}": {"color_scheme": scheme, "viewport": {"width": width, "height": height}}
    for scheme in ("light", "dark")
    for width, height in ((1280, 800), (390, 844))
}


class OperatorInChromium(Person):
    """Somebody with a key of the console's."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        super().__init__(browser, **options)
        self._url = url
        self._axe = (need_npm_clients()[1] / "node_modules/axe-core/axe.min.js").read_text()

    def sign_in(self, key: str) -> None:
        self.open("/console")
        self.page.get_by_label("Key").fill(key)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Home")

    def open(self, path: str) -> None:
        self.page.goto(self._url + path)

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def judge(self) -> None:
        """Refuse a page that is wider than the window, is a barrier to somebody, complained, or asked elsewhere."""
        wide, window = self.page.evaluate("document.documentElement.scrollWidth"), self.page.viewport_size["width"]
        assert wide <= window, f"{self.page.url} is {wide} pixels wide in a window of {window}"
        self.page.evaluate(self._axe)
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        barriers = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found if one["impact"] in BARRIERS]
        assert [] == barriers, self.page.url
        assert [] == self.complaints, (self.page.url, self.complaints)
        assert {urlsplit(self._url).netloc} >= self.hosts - {""}, self.page.url

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
