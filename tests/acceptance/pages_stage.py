"""Somebody in front of our own pages: with a mouse or only a keyboard, and what every page must be to them."""

from typing import Any

from playwright.sync_api import Browser, Locator, expect

from acceptance.chromium import Person
from acceptance.programs import need_npm_clients

# Impacts at which axe's finding fails a page; the others are advice.
BARRIERS = {"serious", "critical"}
MOST_TABS = 30
LEAST_TARGET_PX = 44
PHONE = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True, "color_scheme": "dark"}
NO_SCRIPTS = {"java_script_enabled": False}


class Visitor(Person):
    """Somebody with a mouse. Each page they see is checked as soon as they see it."""

    asks_axe = True

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        super().__init__(browser, **options)
        self._url = url
        self._is_judged = options.get("java_script_enabled", True) and self.asks_axe
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if request.resource_type not in {"document", "stylesheet"} and not request.url.startswith("data:"):
            self.complaints.append(f"asked for a {request.resource_type}: {request.url}")

    def open(self, path: str) -> None:
        self.page.goto(self._url + path if path.startswith("/") else path)

    def sees(self, title: str, *texts: str) -> None:
        """Wait for a page by its title, and check it."""
        expect(self.page).to_have_title(title)
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)
        self.judge()

    def judge(self) -> None:
        """Complain if the page is wider than the window, or a barrier to somebody."""
        wide, window = self.page.evaluate("document.documentElement.scrollWidth"), self.page.viewport_size["width"]
        assert wide <= window, f"{self.page.url} is {wide} pixels wide in a window of {window}"
        if not self._is_judged:
            return
        _, clients = need_npm_clients()
        self.page.evaluate((clients / "node_modules/axe-core/axe.min.js").read_text())
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        barriers = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found if one["impact"] in BARRIERS]
        assert [] == barriers, self.page.url

    def field(self, name: str) -> Locator:
        return self.page.locator(f'[name="{name}"]:not([type=hidden]):not(button)')

    def fill(self, name: str, value: str) -> None:
        self.field(name).fill(value)

    def send(self, name: str) -> None:
        """Press the first button of the form that has this field."""
        self.page.locator(f'form:has([name="{name}"]) button').first.click()

    def follow(self, text: str) -> None:
        self.page.get_by_role("link", name=text).click()

    def focused(self, attribute: str) -> str | None:
        return self.page.evaluate(f"document.activeElement.getAttribute('{attribute}')")


class Typist(Visitor):
    """Somebody who has only a keyboard: Tab goes on, Enter sends and follows."""

    asks_axe = False  # it saw the same pages with a mouse

    def fill(self, name: str, value: str) -> None:
        self._tab_to(f'[name="{name}"]')
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(value)

    def send(self, name: str) -> None:
        """Press Enter in the field itself: the form's first button must be the one that is meant."""
        self._tab_to(f'[name="{name}"]')
        self.page.keyboard.press("Enter")

    def follow(self, text: str) -> None:
        self._tab_to("a", text=text)
        self.page.keyboard.press("Enter")

    def _tab_to(self, selector: str, *, text: str = "") -> None:
        is_there = (
            "([selector, text]) => (it => it.matches(selector) && it.innerText.includes(text))(document.activeElement)"
        )
        for _ in range(MOST_TABS):
            if self.page.evaluate(is_there, [selector, text]):
                ring = self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert ring != "none", f"nobody sees that the focus is at {selector}"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} {text} can't be reached by Tab at {self.page.url}")


def small_targets(visitor: Visitor) -> list[str]:
    """Return what a finger would miss: fields, buttons and links outside of text that are less than 44 pixels high."""
    found = visitor.page.locator("button:visible, input:visible, nav a:visible").all()
    boxes = [(one.evaluate("it => it.outerHTML"), one.bounding_box()) for one in found]
    return [html for html, box in boxes if box is None or box["height"] < LEAST_TARGET_PX]
