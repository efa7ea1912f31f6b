"""Social sign-in on the identity stage: a real provider on loopback, and browsers that go there and come back."""

from typing import Any

import httpx
from identity_stage import ADA, AS_JSON, Stage, jsonnet
from provider_stage import Provider

ADA_THERE = {"sub": "ada-1", "email": ADA["email"], "email_verified": True, "name": "Ada"}
GRACE_THERE = {"sub": "grace-1", "email": "grace@example.org", "email_verified": False, "name": "Grace"}

MAPPER = """
local claims = { email_verified: false } + std.extVar('claims');
{
  identity: {
    traits: {
      [if 'email' in claims then 'email' else null]: claims.email,
      [if 'name' in claims then 'name' else null]: claims.name,
    },
    verified_addresses: std.prune([
      if 'email' in claims && claims.email_verified then { via: 'email', value: claims.email },
    ]),
    metadata_public: { from: claims.iss },
    metadata_admin: { sub: claims.sub },
  },
}
"""


def provider(stage: Stage, id_: str, account: dict[str, Any]) -> Provider:
    """Return a provider that lives in the stage's time and sends people back to it."""
    callback = f"{stage.public_url}/self-service/methods/oidc/callback/{id_}"
    return Provider(now=stage.clock.now, redirect_uri=callback, account=dict(account))


def provider_config(op: Provider, *, id_: str = "op", mapper: str = MAPPER, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "provider": "generic",
        "label": "Acme",
        "client_id": op.client_id,
        "client_secret": op.client_secret,
        "issuer_url": op.issuer,
        "mapper_url": jsonnet(mapper),
        "scope": ["openid", "email", "profile"],
        **more,
    }


def offer(stage: Stage, *configs: dict[str, Any], **settings: Any) -> None:
    """Turn social sign-in on, with these providers."""

    def change(whole: dict[str, Any]) -> None:
        config = {"providers": list(configs), **settings}
        whole["selfservice"]["methods"]["oidc"] = {"enabled": True, "config": config}

    stage.revise(change)


async def begin(browser: httpx.AsyncClient, kind: str = "registration", **query: str) -> dict[str, Any]:
    answer = await browser.get(f"/self-service/{kind}/browser", params=query, headers=AS_JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def submit(browser: httpx.AsyncClient, flow: dict[str, Any], **body: Any) -> httpx.Response:
    """Submit as a single-page app: JSON, with the anti-CSRF token of the form."""
    kind = flow["ui"]["action"].split("/self-service/")[1].partition("?")[0]
    tokens = [
        node["attributes"].get("value") for node in flow["ui"]["nodes"] if node["attributes"]["name"] == "csrf_token"
    ]
    sent = {"csrf_token": tokens[0] if tokens else "", **body}
    return await browser.post(f"/self-service/{kind}?flow={flow['id']}", json=sent, headers=AS_JSON)


async def leave(browser: httpx.AsyncClient, flow: dict[str, Any], provider: str = "op", **body: Any) -> str:
    """Return where the browser goes to sign in."""
    answer = await submit(browser, flow, provider=provider, **body)
    assert answer.status_code == 422, answer.text
    return answer.json()["redirect_browser_to"]


async def at_provider(url: str) -> str:
    """Sign in at the provider, which asks nothing, and return where it sends the browser back to."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["location"]


async def come_back(browser: httpx.AsyncClient, url: str) -> httpx.Response:
    """Follow the provider's redirect, as a browser does."""
    return await browser.get(url, headers={"Accept": "text/html"})


async def go(
    browser: httpx.AsyncClient, kind: str = "registration", provider: str = "op", **body: Any
) -> httpx.Response:
    """Go all the way: begin, leave, sign in there, come back."""
    flow = await begin(browser, kind)
    return await come_back(browser, await at_provider(await leave(browser, flow, provider, **body)))


async def shown(browser: httpx.AsyncClient, answer: httpx.Response) -> dict[str, Any]:
    """Return the flow that a redirect to a page is about."""
    assert answer.status_code == 303, answer.text
    location = httpx.URL(answer.headers["location"])
    kind = location.path.rpartition("/")[2]
    found = await browser.get(f"/self-service/{kind}/flows", params={"id": location.params["flow"]}, headers=AS_JSON)
    assert found.status_code == 200, found.text
    return found.json()


async def whoami(browser: httpx.AsyncClient) -> dict[str, Any]:
    answer = await browser.get("/sessions/whoami")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def is_signed_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/sessions/whoami")).status_code == 200


async def error_shown(browser: httpx.AsyncClient, answer: httpx.Response) -> dict[str, Any]:
    """Return the error that a redirect to the error page is about."""
    assert answer.status_code == 303, answer.text
    location = httpx.URL(answer.headers["location"])
    assert location.path == "/ui/error", location
    found = await browser.get("/self-service/errors", params={"id": location.params["id"]})
    return found.json()["error"]


def texts(flow: dict[str, Any]) -> list[str]:
    return [message["text"] for message in flow["ui"].get("messages", [])]


def buttons(flow: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the buttons of providers: name, value, label."""
    return [
        (item["attributes"]["name"], item["attributes"]["value"], item["meta"]["label"]["text"])
        for item in flow["ui"]["nodes"]
        if item["group"] == "oidc"
    ]
