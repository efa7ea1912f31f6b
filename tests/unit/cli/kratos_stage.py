"""A kratos.yml of our own making, shaped as the quickstarts of Kratos are, and the schema beside it."""

import json
from pathlib import Path
from typing import Any

import yaml

SCHEMA = {
    "$id": "https://people.example.org/ada.schema.json",
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string",
                    "format": "email",
                    "ory.sh/kratos": {
                        "credentials": {"password": {"identifier": True}},
                        "verification": {"via": "email"},
                        "recovery": {"via": "email"},
                    },
                },
                "nickname": {"type": "string"},
            },
            "required": ["email"],
        }
    },
}

QUICKSTART = """
version: v0.13.0
dsn: memory
serve:
  public:
    base_url: http://127.0.0.1:4433/
    cors:
      enabled: true
  admin:
    base_url: http://kratos:4434/
selfservice:
  default_browser_return_url: http://127.0.0.1:4455/welcome
  allowed_return_urls:
    - http://127.0.0.1:4455
    - exp://localhost:8081/--/Callback
  methods:
    password:
      enabled: true
    totp:
      enabled: true
      config:
        issuer: Ada & Co
    lookup_secret:
      enabled: true
    link:
      enabled: true
    code:
      enabled: true
    webauthn:
      enabled: true
      config:
        passwordless: true
        rp:
          id: localhost
          display_name: Ada & Co
          origin: http://localhost:4455
  flows:
    error:
      ui_url: http://127.0.0.1:4455/error
    settings:
      ui_url: http://127.0.0.1:4455/settings
      privileged_session_max_age: 15m
      required_aal: highest_available
    recovery:
      enabled: true
      ui_url: http://127.0.0.1:4455/recovery
      use: code
    verification:
      enabled: true
      ui_url: http://127.0.0.1:4455/verification
      after:
        default_browser_return_url: http://127.0.0.1:4455/welcome
    logout:
      after:
        default_browser_return_url: http://127.0.0.1:4455/login
    login:
      ui_url: http://127.0.0.1:4455/login
      lifespan: 10m
    registration:
      ui_url: http://127.0.0.1:4455/registration
      lifespan: 10m
      after:
        password:
          hooks:
            - hook: session
            - hook: show_verification_ui
log:
  level: debug
  leak_sensitive_values: true
secrets:
  cookie:
    - NEVER-TELL-THIS-TO-MALLORY
ciphers:
  algorithm: xchacha20-poly1305
hashers:
  algorithm: bcrypt
  bcrypt:
    cost: 8
identity:
  schemas:
    - id: default
      url: file:///etc/config/kratos/identity.schema.json
courier:
  smtp:
    connection_uri: smtps://ada:lovelace@mail.example.org:1025/?skip_ssl_verify=true
feature_flags:
  use_continue_with_transitions: true
"""


def quickstart() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(QUICKSTART)
    return found


def write(folder: Path, document: dict[str, Any] | str = QUICKSTART) -> str:
    """Write a kratos.yml and the schema into `folder`, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    text = document if isinstance(document, str) else yaml.safe_dump(document)
    (folder / "kratos.yml").write_text(text)
    (folder / "identity.schema.json").write_text(json.dumps(SCHEMA))
    return str(folder / "kratos.yml")
