"""Ory's identity API as an OpenAPI document of our own words: what is asked where, as loosely as Mallory takes it.

Written from reference/ory.md 3.1 to 3.4b.
"""

from typing import Any

EMAIL = "ada@example.org"
PASSWORD = "correct horse battery"

Schema = dict[str, Any]

ANYTHING: Schema = {}
TEXT: Schema = {"type": "string"}
OBJECT: Schema = {"type": "object"}


def one_of(*values: str) -> Schema:
    """Return a text that is one of these, or any."""
    return {"anyOf": [{"enum": list(values)}, TEXT]}


ADDRESS = one_of(EMAIL, "nobody@example.org", "+4915112345678")
CODE = {"anyOf": [{"type": "string", "pattern": "^[0-9]{6}$"}, TEXT]}
TRAITS: Schema = {
    "type": "object",
    "properties": {"email": {"anyOf": [ADDRESS, ANYTHING]}, "name": ANYTHING},
}
SHARED: dict[str, Schema] = {"csrf_token": TEXT, "transient_payload": OBJECT}


def form(*methods: str, **members: Schema) -> Schema:
    """Return a flow's body: `method` is there, all else may be."""
    return {
        "type": "object",
        "properties": {"method": one_of(*methods), **members, **SHARED},
        "required": ["method"],
    }


FORMS = {
    "registration": form(
        "password",
        "code",
        "profile",
        "oidc",
        "passkey",
        traits=TRAITS,
        password=one_of(PASSWORD),
        code=CODE,
        resend=TEXT,
        screen=one_of("previous", "credential-selection"),
    ),
    "login": form(
        "password",
        "code",
        "identifier_first",
        "totp",
        "oidc",
        "lookup_secret",
        identifier=ADDRESS,
        address=ADDRESS,
        password=one_of(PASSWORD),
        password_identifier=ADDRESS,
        code=CODE,
        resend=TEXT,
    ),
    "settings": form(
        "profile", "password", "totp", "oidc", "lookup_secret", traits=TRAITS, password=one_of(PASSWORD), link=TEXT
    ),
    "recovery": form(
        "code",
        "link",
        email=ADDRESS,
        code=CODE,
        recovery_address=ADDRESS,
        recovery_select_address=TEXT,
        recovery_confirm_address=ADDRESS,
        screen=TEXT,
    ),
    "verification": form("code", "link", email=ADDRESS, code=CODE),
}
CREDENTIALS: Schema = {
    "type": "object",
    "properties": {
        "password": {
            "type": "object",
            "properties": {
                "config": {
                    "type": "object",
                    "properties": {
                        "password": TEXT,
                        "hashed_password": one_of(
                            "$2a$04$abcdefghijklmnopqrstuuU5xg1", "$argon2id$v=19$m=1,t=1,p=1$a$b"
                        ),
                        "use_password_migration_hook": {"type": "boolean"},
                    },
                }
            },
        },
        "oidc": {
            "type": "object",
            "properties": {
                "config": {
                    "type": "object",
                    "properties": {"providers": {"type": "array", "items": {"type": "object"}}},
                }
            },
        },
    },
}
ADDRESSES: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "value": ADDRESS,
            "via": one_of("email", "sms"),
            "verified": {"type": "boolean"},
            "status": one_of("pending", "sent", "completed"),
        },
    },
}
IDENTITY: Schema = {
    "type": "object",
    "properties": {
        "schema_id": one_of("preset://email"),
        "traits": TRAITS,
        "state": one_of("active", "inactive"),
        "external_id": TEXT,
        "metadata_public": ANYTHING,
        "metadata_admin": ANYTHING,
        "credentials": CREDENTIALS,
        "verifiable_addresses": ADDRESSES,
        "recovery_addresses": ADDRESSES,
    },
    "required": ["traits"],
}
POINTERS = one_of("/state", "/traits/email", "/metadata_public", "/credentials", "/id", "/verifiable_addresses/0", "")
PATCH: Schema = {
    "type": "array",
    "maxItems": 4,
    "items": {
        "type": "object",
        "properties": {
            "op": one_of("add", "remove", "replace", "move", "copy", "test"),
            "path": POINTERS,
            "from": POINTERS,
            "value": ANYTHING,
        },
        "required": ["op", "path"],
    },
}
BATCH: Schema = {
    "type": "object",
    "properties": {
        "identities": {
            "type": "array",
            "maxItems": 3,
            "items": {"type": "object", "properties": {"create": IDENTITY, "patch_id": TEXT}},
        }
    },
}
RECOVERY: Schema = {
    "type": "object",
    "properties": {"identity_id": TEXT, "expires_in": one_of("1h", "-1s"), "flow_type": one_of("api")},
    "required": ["identity_id"],
}

START = ["return_to", "refresh", "aal", "via", "identity_schema", "login_challenge", "organization"]
PAGE = ["page_size", "page_token", "page", "per_page"]
START_VALUES = {
    "refresh": one_of("true"),
    "aal": one_of("aal1", "aal2"),
    "identity_schema": one_of("preset://email"),
    "return_to": one_of("https://mallory.example/", "/", "//mallory.example"),
}
PAGE_VALUES = {"page_size": one_of("1", "1000", "-1"), "page": one_of("0", "1"), "per_page": one_of("1")}


def query(*names: str, **values: Schema) -> list[dict[str, Any]]:
    """Return parameters of the query: texts, but for those whose values are told."""
    chosen = {**dict.fromkeys(names, TEXT), **values}
    return [{"name": name, "in": "query", "schema": schema} for name, schema in chosen.items()]


def who(*, wants_page: bool = False) -> list[dict[str, Any]]:
    """Return how somebody says who they are, and what they read."""
    accepts = ["application/json", "text/html"] if wants_page else ["application/json"]
    return [
        {"name": "X-Session-Token", "in": "header", "schema": TEXT},
        {"name": "Accept", "in": "header", "schema": {"enum": accepts}, "required": True},
    ]


def operation(*parameters: dict[str, Any], body: Schema | None = None, media: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return one operation."""
    described: dict[str, Any] = {"parameters": list(parameters), "responses": {"default": {"description": "any"}}}
    if body is not None:
        content = {name: {"schema": body} for name in media or ("application/json",)}
        described["requestBody"] = {"content": content}
    return described


def placed(name: str, *known: str) -> dict[str, Any]:
    """Return a parameter of the path."""
    return {"name": name, "in": "path", "required": True, "schema": one_of(*known)}


def public() -> dict[str, Any]:
    """Return the public paths."""
    paths: dict[str, Any] = {}
    for kind, body in FORMS.items():
        flow = query(flow=TEXT, token=TEXT, code=CODE)
        paths |= {
            f"/self-service/{kind}/browser": {"get": operation(*query(*START, **START_VALUES), *who(wants_page=True))},
            f"/self-service/{kind}/api": {"get": operation(*query(*START, **START_VALUES), *who())},
            f"/self-service/{kind}/flows": {"get": operation(*query(id=TEXT), *who())},
            f"/self-service/{kind}": {
                "get": operation(*flow, *who(wants_page=True)),
                "post": operation(
                    *query(flow=TEXT),
                    *who(wants_page=True),
                    body=body,
                    media=("application/json", "application/x-www-form-urlencoded"),
                ),
            },
            f"/ui/{kind}": {"get": operation(*query(flow=TEXT), *who(wants_page=True))},
        }
    native_logout = {"type": "object", "properties": {"session_token": TEXT}}
    return paths | {
        "/self-service/logout/browser": {"get": operation(*query("return_to"), *who(wants_page=True))},
        "/self-service/logout": {"get": operation(*query("token", "return_to"), *who(wants_page=True))},
        "/self-service/logout/api": {"delete": operation(*who(), body=native_logout)},
        "/self-service/errors": {"get": operation(*query("id"))},
        "/sessions/whoami": {"get": operation(*query("tokenize_as"), *who())},
        "/sessions": {
            "get": operation(*query(*PAGE, **PAGE_VALUES), *who()),
            "delete": operation(*who()),
        },
        "/sessions/{id}": {"delete": operation(placed("id"), *who())},
        "/schemas": {"get": operation(*query(*PAGE, **PAGE_VALUES))},
        "/schemas/{id}": {"get": operation(placed("id", "preset://email", "cHJlc2V0Oi8vZW1haWw"))},
        "/.well-known/change-password": {"get": operation()},
        "/ui/welcome": {"get": operation(*who(wants_page=True))},
        "/ui/error": {"get": operation(*query("id"), *who(wants_page=True))},
        "/ui/assets/{name}": {"get": operation(placed("name"))},
    }


def admin() -> dict[str, Any]:
    """Return the operators' paths."""
    person, session = placed("id"), placed("id")
    found = query(
        *PAGE,
        "consistency",
        "ids",
        "preview_credentials_identifier_similar",
        "organization_id",
        credentials_identifier=ADDRESS,
        include_credential=one_of("password", "oidc"),
        **PAGE_VALUES,
    )
    included = query(include_credential=one_of("password", "oidc"))
    seen = query(*PAGE, active=one_of("true", "false"), expand=one_of("identity", "devices"), **PAGE_VALUES)
    return {
        "/admin/identities": {
            "get": operation(*found),
            "post": operation(body=IDENTITY),
            "patch": operation(body=BATCH),
        },
        "/admin/identities/{id}": {
            "get": operation(person, *included),
            "put": operation(person, body=IDENTITY),
            "patch": operation(person, body=PATCH),
            "delete": operation(person),
        },
        "/admin/identities/by/external/{id}": {"get": operation(placed("id"), *included)},
        "/admin/identities/{id}/credentials/{type}": {
            "delete": operation(person, placed("type", "password", "oidc", "totp"), *query("identifier"))
        },
        "/admin/identities/{id}/sessions": {"get": operation(person, *seen), "delete": operation(person)},
        "/admin/sessions": {"get": operation(*seen)},
        "/admin/sessions/{id}": {"get": operation(session, *seen), "delete": operation(session)},
        "/admin/sessions/{id}/extend": {"patch": operation(session)},
        "/admin/recovery/code": {"post": operation(body=RECOVERY)},
        "/admin/recovery/link": {"post": operation(*query("return_to"), body=RECOVERY)},
        "/admin/courier/messages": {
            "get": operation(*query(*PAGE, "recipient", status=one_of("queued", "sent"), **PAGE_VALUES))
        },
        "/admin/courier/messages/{id}": {"get": operation(placed("id"))},
    }


def document() -> dict[str, Any]:
    """Return the whole of it."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Identity", "version": "1"},
        "paths": public() | admin(),
    }
