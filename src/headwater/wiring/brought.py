"""What an emulator begins with: a team's own files, and what its projects live by instead of what stands there."""

from typing import Any

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.emulator import own_project
from headwater.identity.config.courier_config import SMTP
from headwater.workspace.projects import Project

IDENTITY_CONFIG = "/services/identity/config"
# Hashing is slow on purpose. Here nobody's password is worth anything.
CHEAP_HASHES = {
    "algorithm": "bcrypt",
    "bcrypt": {"cost": 4},
}


class SetUpError(HeadwaterError):
    """The configuration that the emulator is to begin with is refused."""

    code = "emulator_set_up"
    status = 400


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What a team brings along: a blueprint (`headwater apply`'s), an identity-config (from a kratos.yml)."""

    blueprint: Any = None
    identity_config: dict[str, Any] | None = None

    def requests(self, project: Project) -> list[tuple[str, str, str, Any]]:
        """Return what makes it live: (what it is, method, path, body)."""
        found: list[tuple[str, str, str, Any]] = []
        if self.identity_config is not None:
            whole = [{"op": "replace", "path": IDENTITY_CONFIG, "value": self.identity_config}]
            found.append(("The kratos.yml", "PATCH", f"/projects/{project.id}", whole))
        if self.blueprint is not None:
            document = own_project.adopted(self.blueprint, slug=project.slug, environment=project.environment)
            found.append(("The configuration", "POST", "/api/config/apply", {"document": document}))
        return found


NOTHING = Brought()


def adapted(identity_config: dict[str, Any]) -> dict[str, Any]:
    """Return what projects live by: mail is captured, whoever would deliver it, and hashing costs next to nothing."""
    courier = {name: value for name, value in identity_config.get("courier", {}).items() if name != SMTP}
    if courier.get("delivery_strategy") == SMTP:
        del courier["delivery_strategy"]
    hashers = {**identity_config.get("hashers", {}), **CHEAP_HASHES}
    return {**identity_config, "courier": courier, "hashers": hashers}
