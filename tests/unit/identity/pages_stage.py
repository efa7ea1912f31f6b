"""The pages on a stage of their own: real HTTP to the real router; flows, sessions and errors are what a test says.

`Shown` reads a page as a browser's parser does, so that tests ask for elements and never for a piece of text.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
from litestar import Litestar

from headwater.identity.pages import pages
from headwater.identity.pages.page_settings import PageSettings
from headwater.web import problems

PUBLIC_URL = "https://id.example.org"
ACTION = f"{PUBLIC_URL}/self-service/login?flow=f1"
LOGOUT_URL = f"{PUBLIC_URL}/self-service/logout?token=ory_lo_1"
VOID = frozenset({"input", "img", "link", "meta", "br"})


def text(words: str, *, kind: str = "info", **more: Any) -> dict[str, Any]:
    return {"id": 1, "text": words, "type": kind, **more}


def error(words: str) -> dict[str, Any]:
    return text(words, kind="error")


def node(name, input_type="text", *, group="default", label=None, messages=(), **attributes) -> dict[str, Any]:
    """Return an input node in Ory's shape."""
    return {
        "type": "input",
        "group": group,
        "attributes": {"name": name, "type": input_type, "disabled": False, "node_type": "input", **attributes},
        "messages": list(messages),
        "meta": {"label": text(label)} if label else {},
    }


def other(tag, group, **attributes) -> dict[str, Any]:
    label = attributes.pop("label", None)
    return {
        "type": tag,
        "group": group,
        "attributes": {"node_type": tag, **attributes},
        "messages": [],
        "meta": {"label": text(label)} if label else {},
    }


CSRF = node("csrf_token", "hidden", value="csrf-1", required=True)
IDENTIFIER = node("identifier", label="E-Mail", value="", required=True)
PASSWORD = node(
    "password", "password", group="password", label="Password", required=True, autocomplete="current-password"
)
SIGN_IN = node("method", "submit", group="password", label="Sign in with password", value="password")
SEND_CODE = node("method", "submit", group="code", label="Send sign in code", value="code")
GOOGLE = node("provider", "submit", group="oidc", label="Sign in with Google", value="google")


def flow(*nodes, messages=(), action=ACTION, method="POST", **more) -> dict[str, Any]:
    ui = {"action": action, "method": method, "nodes": list(nodes), "messages": list(messages)}
    return {"id": "f1", "type": "browser", "state": "choose_method", "request_url": PUBLIC_URL, "ui": ui, **more}


def login(**more: Any) -> dict[str, Any]:
    return flow(CSRF, IDENTIFIER, PASSWORD, SIGN_IN, **more)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    form: int | None
    text: str = ""

    def __getitem__(self, name: str) -> str | None:
        return self.attributes.get(name)

    def has(self, name: str) -> bool:
        return name in self.attributes


class Shown(HTMLParser):
    """A page, taken apart. `form` of an element counts the forms; None is outside of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self._forms = -1
        self.feed(html)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._forms += tag == "form"
        is_inside = tag == "form" or any(item.tag == "form" for item in self._open)
        assert len(attrs) == len(dict(attrs)), f"an attribute is given twice: {attrs}"
        element = Element(tag, dict(attrs), self._forms if is_inside else None)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, **wanted: str) -> list[Element]:
        named = {key.rstrip("_").replace("_", "-"): value for key, value in wanted.items()}
        return [item for item in self.elements if item.tag == tag and all(item[key] == named[key] for key in named)]

    def one(self, tag: str, **wanted: str) -> Element:
        found = self.all(tag, **wanted)
        assert len(found) == 1, f"{tag} {wanted}: {len(found)}"
        return found[0]

    def by_id(self, name: str) -> Element:
        found = [item for item in self.elements if item["id"] == name]
        assert len(found) == 1, f"id {name}: {len(found)}"
        return found[0]

    def labelled(self, words: str) -> Element:
        """Return the field that a label names."""
        labels = [item for item in self.all("label") if item.text.replace("(optional)", "").strip() == words]
        assert len(labels) == 1, [item.text for item in self.all("label")]
        return self.by_id(labels[0]["for"] or "")

    def button(self, words: str) -> Element:
        found = [item for item in self.all("button") if item.text.strip() == words]
        assert len(found) == 1, [item.text for item in self.all("button")]
        return found[0]

    def link(self, words: str) -> str | None:
        found = [item for item in self.all("a") if item.text.strip() == words]
        assert len(found) <= 1
        return found[0]["href"] if found else None

    def sent_by(self, button: Element) -> list[tuple[str | None, str | None]]:
        """Return what a browser posts when nobody has typed anything and this button is pressed."""
        inputs = [item for item in self.all("input") if item.form == button.form and item["name"]]
        kept = [item for item in inputs if item["type"] != "checkbox" or item.has("checked")]
        return [(item["name"], item["value"] or "") for item in kept] + [(button["name"], button["value"])]

    def focused(self) -> Element:
        found = [item for item in self.elements if item.has("autofocus")]
        assert len(found) == 1, found
        return found[0]


@dataclass
class Stage:
    """What the callables answer; an exception is raised."""

    flow: Any = None
    session: Any = None
    error: Any = None
    settings: PageSettings = field(default_factory=PageSettings)
    public_url: str = PUBLIC_URL
    asked: list[Any] = field(default_factory=list)

    def client(self) -> httpx.AsyncClient:
        router = pages.routes(
            find_flow=self._find_flow,
            who_is=self._who_is,
            find_error=self._find_error,
            logout_url=self._logout_url,
            public_url=self.public_url,
            settings=self._settings,
        )
        app = Litestar([router], exception_handlers=problems.HANDLERS, openapi_config=None, logging_config=None)
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
        return httpx.AsyncClient(transport=transport, base_url=self.public_url)

    async def get(self, path: str) -> httpx.Response:
        async with self.client() as client:
            return await client.get(path)

    async def show(self, flow: Any, kind: str = "login") -> Shown:
        """Return the page of a flow."""
        self.flow = flow
        answer = await self.get(f"/ui/{kind}?flow=f1")
        assert answer.status_code == 200, answer.text
        return Shown(answer.text)

    async def _find_flow(self, kind, inbound):
        self.asked.append((kind, inbound.query["flow"]))
        return _given(self.flow)

    async def _who_is(self, _inbound):
        return _given(self.session)

    async def _find_error(self, error_id):
        self.asked.append(error_id)
        return _given(self.error)

    async def _logout_url(self, _inbound):
        return LOGOUT_URL

    async def _settings(self):
        return self.settings


def _given(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value
