"""Which identity schema a command means, and where it is asked for: its id may hold slashes, which a path may not."""

import base64
from typing import Annotated

from cyclopts import Parameter

from headwater.cli.client import path_of

Name = Annotated[str, Parameter(help="Its id, as `headwater list identity-schemas` has it.")]


def path_to(project: str, schema_id: str) -> str:
    """Return the path of a schema. What a path can't hold goes as Ory writes it, in base64url."""
    is_plain = schema_id.isalnum() or all(part.isalnum() for part in schema_id.replace("_", "-").split("-"))
    name = schema_id if is_plain else base64.urlsafe_b64encode(schema_id.encode()).decode().rstrip("=")
    return path_of("projects", project, "identity-schemas", name)
