"""A real Chromium that reaches nobody but this machine, and one person's visit with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

from acceptance.programs import need

# Mallory's site is on this machine, too, and on another one as far as browsers can see.
MALLORYS = "mallory.test"
NOBODY_OUTSIDE = f"MAP {MALLORYS} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
# For what somebody does as for what they expect to see, which Playwright gives 5 s: too few on a busy machine.
PATIENCE_MS = 20_000
# What a browser notes of an answer that says no, though the page has been told and expects it.
REFUSAL = "Failed to load resource"


@contextmanager
def launched() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=need("chromium"), args=[f"--host-resolver-rules={NOBODY_OUTSIDE}"]
        )
        yield browser
        browser.close()


class Person:
    """One person's browser, with cookies of its own. `page` is what is before them; `complaints` what it logged."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.context = browser.new_context(locale="en-GB", **options)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(REFUSAL):
            self.complaints.append(message.text)

    def close(self) -> None:
        self.context.close()
