"""JSON Patch on an identity: which operations and paths Ory allows, and what a patch may reach. Pure."""

from typing import Any

import msgspec

from headwater.core.secrets import Secret
from headwater.identity.admin import bodies
from headwater.identity.admin.bodies import CredentialsImport, PasswordConfig, PasswordImport, PatchedBody, UpdateBody
from headwater.identity.admin.errors import BadIdentityError
from headwater.workspace import json_patch

OPERATIONS = ("add", "replace", "remove")
# Regions are of Ory Network; nothing here is in one.
DENIED = ("/id", "/statechangedat", "/credentials", "/region")

# The one place inside credentials that Kratos lets a patch reach; everything else there is for PUT.
PASSWORD_HASH = "/credentials/password/config/hashed_password"  # noqa: S105  a path


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """A patch whose operations and paths are allowed. `hashed` is a password hash it sets."""

    operations: list[dict[str, Any]]
    hashed: Secret | None = None


def read(body: bytes) -> Patch:
    """Return the patch in `body`. Raises BadIdentityError naming what is not allowed."""
    operations = bodies.read_json(body)
    if not isinstance(operations, list) or not all(isinstance(item, dict) for item in operations):
        raise BadIdentityError("A JSON Patch is an array of operations.")
    kept, hashed = [], None
    for operation in operations:
        name, path = operation.get("op"), operation.get("path")
        if name not in OPERATIONS:
            raise BadIdentityError(f"Failed to apply JSON patch: unsupported operation: {name}")
        if path == PASSWORD_HASH and name != "remove":
            hashed = Secret(str(operation.get("value", "")))
        elif isinstance(path, str) and _is_denied(path):
            raise BadIdentityError(f"Failed to apply JSON patch: patch includes denied path: {path}", path=path)
        else:
            kept.append(operation)
    return Patch(operations=kept, hashed=hashed)


def applied(patch: Patch, view: dict[str, Any]) -> UpdateBody:
    """Return what the identity shown as `view` is to become. Raises PatchError, BadIdentityError."""
    open_view = {key: value for key, value in view.items() if value is not None or not _is_entered(key, patch)}
    patched = bodies.converted(json_patch.apply(open_view, patch.operations), PatchedBody)
    if not patched.schema_id or not patched.state:
        raise BadIdentityError("schema_id and state can be replaced but not removed.")
    if patch.hashed is None:
        return patched
    password = PasswordImport(config=PasswordConfig(hashed_password=patch.hashed.reveal()))
    return msgspec.structs.replace(patched, credentials=CredentialsImport(password=password))


def _is_entered(key: str, patch: Patch) -> bool:
    """Tell whether an operation goes below a member: one that is null counts as missing then, and is made."""
    return any(str(operation.get("path")).startswith(f"/{key}/") for operation in patch.operations)


def _is_denied(path: str) -> bool:
    folded = path.lower()
    return any(folded == denied or folded.startswith(f"{denied}/") for denied in DENIED)
