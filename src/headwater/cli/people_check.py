"""Would these people be taken? The same looks as the server takes at one row: its members, its traits, its hash.

Loaded only by the command that needs it: the readers of password hashes come with it.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.identity.admin import bodies
from headwater.identity.admin.bodies import CreateBody
from headwater.identity.passwords import imported
from headwater.identity.people import bounds
from headwater.identity.people.schema import IdentitySchema

# Returns the schema of that id, of the default one without; raises a HeadwaterError for one that isn't there.
Find = Callable[[str | None], IdentitySchema]


def problem_or_none(document: dict[str, Any], *, find: Find) -> str | None:
    """Return in one sentence what is wrong with a row, None if it would be taken (by a server that has nobody yet)."""
    try:
        body = bodies.read(msgspec.json.encode(document), CreateBody)
        schema = find(body.schema_id)
        traits = body.traits or {}
        bounds.require_bounded(traits, path="traits")
        _check_password(body)
    except HeadwaterError as error:
        return error.message
    complaints = list(schema.validate(traits)) or schema.claims(traits).complaints
    return "; ".join(f"{item.node or 'traits'}: {item.message.text}" for item in complaints) or None


def _check_password(body: CreateBody) -> None:
    """Raise ImportedHashError if nobody could sign in with the hash."""
    password = body.credentials.password if body.credentials else None
    if password is None or password.config is None or password.config.use_password_migration_hook:
        return
    if (hashed := password.config.hash_or_none) is not None:
        imported.check(hashed)
