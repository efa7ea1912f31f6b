"""A person's browser in the demo: it keeps cookies, follows redirects and sends forms, and that is all it does."""

from types import TracebackType
from typing import Any, Self

import httpx

from headwater.cli.demo_expectation import UnmetError

TIMEOUT_SECONDS = 20.0
JSON = {"Accept": "application/json"}
PAGE = {"Accept": "text/html"}
OK = 200
MOST_QUOTED = 300
HIDDEN = "hidden"
TRAITS = "traits."


class Browser:
    """`address` is where it is: the last page that it was led to."""

    def __init__(self, *, url: str) -> None:
        self._url = url
        self._client = httpx.Client(headers=PAGE, follow_redirects=True, timeout=TIMEOUT_SECONDS, trust_env=False)
        self.address = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def open(self, path: str) -> None:
        """Open a page of ours."""
        self._go("GET", self._url + path)

    def send(self, address: str, fields: dict[str, str]) -> None:
        """Send a form and go wherever it leads."""
        self._go("POST", address, data=fields)

    def flow(self, kind: str) -> Any:
        """Return the flow of the page that the browser is at, as single-page apps read it."""
        flow_id = httpx.URL(self.address).params.get("flow", "")
        return self.ask(f"/self-service/{kind}/flows?id={flow_id}")

    def ask(self, path: str) -> Any:
        """Return what our API tells this browser."""
        return self._answer("GET", self._url + path, headers=JSON).json()

    def _go(self, method: str, address: str, **options: Any) -> None:
        self.address = str(self._answer(method, address, **options).url)

    def _answer(self, method: str, address: str, **options: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, address, **options)
        except httpx.HTTPError as error:
            raise UnmetError(expected=f"an answer from {address}", seen=str(error)) from error
        if answer.status_code != OK:
            seen = f"{answer.status_code} from {answer.url}: {answer.text[:MOST_QUOTED]}"
            raise UnmetError(expected=f"a page after {method} {address}", seen=seen)
        return answer


def hidden_fields(flow: dict[str, Any]) -> dict[str, str]:
    """Return what a form sends along that nobody sees, such as the anti-CSRF token."""
    return {item["name"]: str(item["value"]) for item in _inputs(flow) if item["type"] == HIDDEN}


def filled_in(flow: dict[str, Any]) -> dict[str, str]:
    """Return the fields for traits that are filled in already."""
    traits = [item for item in _inputs(flow) if item["name"].startswith(TRAITS) and item["type"] != HIDDEN]
    return {item["name"]: item["value"] for item in traits if item.get("value")}


def _inputs(flow: dict[str, Any]) -> list[dict[str, Any]]:
    return [node["attributes"] for node in flow["ui"]["nodes"] if node["type"] == "input"]
