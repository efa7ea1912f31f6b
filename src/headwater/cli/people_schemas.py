"""The schemas that people are checked against: those of a project, or one in a file."""

import base64
from typing import Any

import msgspec

from headwater.cli import config_files
from headwater.cli.people_check import Find
from headwater.cli.usage import UsageError
from headwater.core.errors import NotFoundError
from headwater.identity.people import schema
from headwater.identity.people.schema import BASE64, IdentitySchema


class UnknownSchemaError(NotFoundError):
    """There is no identity schema of that id."""

    code = "unknown_schema"


def of_project(config: dict[str, Any]) -> Find:
    """Return the schemas of an identity-config. One that nobody asks for is not compiled."""
    identity = config["identity"]
    urls = {str(one["id"]): str(one["url"]) for one in identity["schemas"]}
    default = str(identity.get("default_schema_id", "default"))
    known: dict[str, IdentitySchema] = {}

    def find(schema_id: str | None) -> IdentitySchema:
        wanted = schema_id or default
        if wanted not in urls:
            raise UnknownSchemaError(f"schema_id: there is no schema {wanted!r}; there is {', '.join(urls)}.")
        if wanted not in known:
            known[wanted] = schema.load(wanted, urls[wanted], path=f"the schema {wanted!r}")
        return known[wanted]

    return find


async def of_file(source: str) -> Find:
    """Return the schema in a file, for everybody. Raises UsageError when it is none, and what reading a file may."""
    ((name, document),) = await config_files.documents([source])
    if not isinstance(document, dict):
        raise UsageError(f"{name} is no JSON Schema: it must hold an object.")
    url = BASE64 + base64.b64encode(msgspec.json.encode(document)).decode()
    loaded = schema.load(name, url, path=name)
    return lambda _schema_id: loaded
