"""The Action of Ory's Segment guide, made in one place: for people to paste, for the demo and for `connect`. Pure.

It turns whoever registered into an identify call that carries the source's write key.
"""

import base64
import json
import shlex
from typing import Any

IDENTIFY = "/v1/identify"
SEGMENT_URL = "https://api.segment.io" + IDENTIFY
AFTER_REGISTRATION = "/selfservice/flows/registration/after/hooks"
ID_PREFIX = "headwater-identify-"

# Traits that this identity doesn't have are left out: a template that fails would fail the sign-up.
JSONNET = """\
function(ctx)
  local traits = ctx.identity.traits;
  local consent = if std.objectHas(traits, 'consent') && std.isObject(traits.consent) then traits.consent else {};
  {
    userId: ctx.identity.id,
    traits: {
      [if std.objectHas(traits, 'email') then 'email']: traits.email,
      [if std.objectHas(traits, 'name') then 'name']: traits.name,
      [if std.objectHas(consent, 'newsletter') then 'newsletterConsent']: consent.newsletter,
    },
  }
"""


def document(write_key: str, *, source_slug: str, url: str = SEGMENT_URL) -> dict[str, Any]:
    """Return the Action. Its id names the source: the write key in it never comes back to tell it by."""
    return {
        "hook": "web_hook",
        "config": {
            "id": id_of(source_slug),
            "url": url,
            "method": "POST",
            "body": "base64://" + base64.b64encode(JSONNET.encode()).decode(),
            "auth": {"type": "basic_auth", "config": {"user": write_key, "password": ""}},
        },
    }


def id_of(source_slug: str) -> str:
    """Return the id that the Action of this source has. A slug is never used twice."""
    return ID_PREFIX + source_slug


def patch_commands(action: dict[str, Any]) -> dict[str, str]:
    """Return the command lines that set the Action for every method, by program."""
    compact = json.dumps(action, separators=(",", ":"))
    added = shlex.quote(f"{AFTER_REGISTRATION}/0={compact}")
    return {
        "headwater": f"headwater patch identity-config --add {added}",
        "ory": f'ory patch identity-config --project "$ORY_PROJECT_ID" --add {added}',
    }
