"""People with an account, who come into the console by it, in a browser that knows forms but no scripts."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from console_floor import Floor, Operator

PASSWORD = "correct horse battery"
ACCOUNT = "/console/sign-in/account"
SESSION = "ory_kratos_session"


async def person(floor: Floor, email: str, *, is_verified: bool = True) -> str:
    """Make somebody, as an admin does; return their id."""
    address = {"value": email, "via": "email", "verified": True, "status": "completed"}
    wish = {
        "schema_id": "preset://email",
        "traits": {"email": email},
        "credentials": {"password": {"config": {"password": PASSWORD}}},
        **({"verifiable_addresses": [address]} if is_verified else {}),
    }
    made = await floor.api("POST", "/admin/identities", json=wish)
    return str(made["id"])


async def named(floor: Floor, email: str = "ada@example.org", role: str = "viewer") -> str:
    """Make somebody an operator; return their id."""
    identity_id = await person(floor, email)
    await floor.api("PUT", f"/api/operators/{identity_id}", json={"role": role, "address": email})
    return identity_id


async def log_in(visitor: Operator, email: str) -> str:
    """Fill in the login that the visitor has been sent to, and go where it leads; return what that page says."""
    [flow_id] = parse_qs(urlsplit(visitor.came_to).query)["flow"]
    flow = (await visitor.client.get("/self-service/login/flows", params={"id": flow_id})).json()
    hidden = {node["attributes"]["name"]: node["attributes"].get("value") for node in flow["ui"]["nodes"]}
    typed = {"csrf_token": hidden["csrf_token"], "method": "password", "identifier": email, "password": PASSWORD}
    return await visitor.send_to(flow["ui"]["action"], typed)


async def come(floor: Floor, email: str, path: str = "/console") -> Operator:
    """Return somebody who has come in by their account."""
    visitor = floor.visitor()
    await visitor.see(f"{ACCOUNT}?next={path}")
    await log_in(visitor, email)
    await visitor.send(f"{ACCOUNT}?next={path}")
    return visitor


async def come_in(floor: Floor, role: str, email: str = "ada@example.org") -> Operator:
    """Return a new operator who has come in."""
    await named(floor, email, role)
    return await come(floor, email)


async def asked(floor: Floor, token: str, method: str, path: str, **options: Any) -> Any:
    """Return what the API answers a key."""
    return await floor.visitor(authorization=f"Bearer {token}").client.request(method, path, **options)
