"""Setting an emulator up: sources, destinations, Actions, schemas, whole files of the user's own."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.emulator import own_project
from headwater.testing import files, hooks
from headwater.testing.ground import Ground, path_of

IDENTITY_CONFIG = "/services/identity/config"
OWN_SCHEMA = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What sends events, by its write key."""

    id: str
    slug: str
    name: str
    write_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A configured tool."""

    id: str
    name: str
    kind: str


class Configuring(Ground):
    """What is set up in a test is gone with the next; `baseline()` makes it stay."""

    def create_source(self, name: str, *, kind: str = "http-api", **settings: Any) -> Source:
        """Make a source."""
        return _source(self.api("POST", "/api/sources", {"name": name, "kind": kind, **settings}))

    def get_source(self, slug: str) -> Source:
        """Return a source that is there, with its write key."""
        return _source(self.api("GET", path_of("api", "sources", slug)))

    def create_destination(
        self,
        kind: str,
        settings: Mapping[str, Any] | None = None,
        *,
        source: str | Source | Sequence[str | Source] = (),
        name: str | None = None,
        mapping: str | Path | None = None,
        filter: str | Sequence[str] = (),  # noqa: A002  the CLI's word
        **routing: Any,
    ) -> Destination:
        """Send events to a tool; by default those of the source that is always there.

        `mapping`: Jsonnet, or its file. `filter`: FQL that keeps what fits. `routing`: what /api/destinations takes.
        """
        sources = [source] if isinstance(source, str | Source) else list(source)
        slugs = [one.slug if isinstance(one, Source) else one for one in sources]
        wanted = {"kind": kind, "sources": slugs or [self.source], "settings": dict(settings or {}), **routing}
        wanted |= {} if name is None else {"name": name}
        wanted |= {} if mapping is None else {"mapping": files.text(mapping)}
        if filter:
            rules = [filter] if isinstance(filter, str) else filter
            wanted["filters"] = [{"fql": rule, "action": "keep"} for rule in rules]
        made = self.api("POST", "/api/destinations", wanted)
        return Destination(id=made["id"], name=made["name"], kind=made["kind"])

    def add_action(
        self,
        body: str | Path,
        *,
        url: str = hooks.IDENTIFY_URL,
        trigger: str = "after/registration",
        method: str | None = None,
        verb: str = "POST",
        auth: Mapping[str, Any] | None = None,
        write_key: str | None = None,
        **config: Any,
    ) -> None:
        """Add a web_hook whose body is this Jsonnet (or its file), behind those that are there.

        By default it calls Segment's identify with the emulator's write key, as Ory's guide has it.
        """
        is_segment = url.startswith(hooks.SEGMENT) and auth is None
        key = write_key or (self.write_key if is_segment else None)
        hook = hooks.web_hook(files.text(body), url=url, verb=verb, auth=hooks.key_auth(key) if key else auth, **config)
        self.patch_identity_config(*hooks.appended(self.identity_config(), hook, trigger=trigger, method=method))

    def identity_config(self) -> dict[str, Any]:
        """Return the project's identity-config."""
        document = self.api("GET", path_of("projects", self.project))
        config: dict[str, Any] = document["services"]["identity"]["config"]
        return config

    def patch_identity_config(self, *operations: Mapping[str, Any]) -> list[str]:
        """Apply JSON patch operations whose paths begin at the identity-config; return the warnings."""
        inside = [{**one, "path": IDENTITY_CONFIG + one["path"]} for one in operations]
        answer = self.api("PATCH", path_of("projects", self.project), inside)
        return [str(one.get("message", one)) for one in answer.get("warnings") or []]

    def set_identity_schema(self, schema: Mapping[str, Any] | str | Path) -> None:
        """Let everybody who signs up have the traits of this JSON schema (or its file)."""
        text = json.dumps(schema) if isinstance(schema, Mapping) else Path(schema).read_text()
        url = "base64://" + base64.b64encode(text.encode()).decode()
        wanted = {"default_schema_id": OWN_SCHEMA, "schemas": [{"id": OWN_SCHEMA, "url": url}]}
        self.patch_identity_config({"op": "replace", "path": "/identity", "value": wanted})

    def load_kratos(self, path: str | Path) -> list[str]:
        """Let the project run on Kratos's own configuration file, its schemas and templates embedded.

        Returns the warnings. Raises what `headwater import kratos-config` says no to.
        """
        document = files.kratos_config(Path(path))
        return self.patch_identity_config({"op": "replace", "path": "", "value": document})

    def load_config(self, path: str | Path) -> None:
        """Make a configuration file live, as `headwater apply` does. One project in it is the emulator's own."""
        document = files.blueprint(Path(path))
        own = self.api("GET", path_of("projects", self.project))
        adopted = own_project.adopted(document, slug=own["slug"], environment=own["environment"])
        self.api("POST", "/api/config/apply", {"document": adopted})


def _source(made: Mapping[str, Any]) -> Source:
    key = made["write_keys"][0]["key"] if made["write_keys"] else ""
    return Source(id=made["id"], slug=made["slug"], name=made["name"], write_key=key)
