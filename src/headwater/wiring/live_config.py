"""The identity-config that requests run on: revealed once per revision, replaced whole, never half.

A secret that it only names and that can't be read costs what needs it, never the rest.
"""

from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Connection

from headwater.core.errors import BadRequestError
from headwater.core.secrets import Sealer, UnsealError
from headwater.identity.config.live import LiveConfig
from headwater.store.database import Database
from headwater.wiring.surroundings import as_written
from headwater.workspace import kept_secrets, project_cors, projects, secret_places
from headwater.workspace.references import References, Unread, UnreadableReferenceError
from headwater.workspace.secret_places import SecretPlace

logger = structlog.get_logger(__name__)


class LiveProject:
    """Gives the current `LiveConfig` of one project; `forget` after a change makes the next call read it again.

    `adapted` is what the project lives by, given what stands in its identity-config.
    """

    def __init__(
        self,
        database: Database,
        *,
        project_id: str,
        sealer: Sealer,
        references: References,
        adapted: Callable[[dict[str, Any]], dict[str, Any]] = as_written,
    ) -> None:
        self._adapted = adapted
        self._database = database
        self._project_id = project_id
        self._sealer = sealer
        self._references = references
        self._current: LiveConfig | None = None
        self._changes = 0

    def forget(self) -> None:
        self._current = None
        self._changes += 1

    async def __call__(self) -> LiveConfig:
        if self._current is not None:
            return self._current
        changes = self._changes
        loaded = await self._load()
        if changes == self._changes:  # nothing changed while we read
            self._current = loaded
        return loaded

    async def opened(self, identity_config: dict[str, Any]) -> dict[str, Any]:
        """Return an identity-config that this project might get, with the secrets that are its own in clear."""
        whole = {"services": {"identity": {"config": identity_config}}}
        found = await self._database.read(
            lambda connection: kept_secrets.revealed(
                connection, self._project_id, whole, sealer=self._sealer, read=self._read
            )
        )
        config: dict[str, Any] = found["services"]["identity"]["config"]
        return config

    async def hook(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return a hook that stands nowhere with the secrets it names, as far as they are its receiver's.

        Raises BadRequestError for one that isn't.
        """

        def read(connection: Connection) -> dict[str, Any]:
            whole = {"hook": item}
            try:
                return kept_secrets.revealed(connection, self._project_id, whole, sealer=self._sealer, read=self._read)
            except UnsealError:
                raise BadRequestError("A secret:// of this hook was kept for another receiver.") from None

        opened = await self._database.read(read)
        kept = [place for place in secret_places.every(opened) if str(place.value).startswith(kept_secrets.KEPT)]
        if kept:
            raise BadRequestError(f"{kept[0].path} is {kept[0].value}, which is no secret of this project.")
        found: dict[str, Any] = opened["hook"]
        return found

    async def _load(self) -> LiveConfig:
        def load(connection: Connection) -> LiveConfig:
            project = projects.get(connection, self._project_id)
            config = projects.reveal(connection, project, sealer=self._sealer, read=self._read)
            running = self._adapted(project_cors.folded(config, project.document))
            return LiveConfig(project_id=project.id, revision_id=project.revision_id, identity=running)

        return await self._database.read(load)

    def _read(self, place: SecretPlace, reference: str) -> str:
        try:
            return self._references.read(reference)
        except UnreadableReferenceError as error:
            path = projects.config_path(place.path)
            logger.error("secret_not_readable", path=path, reason=error.message)  # noqa: TRY400  no mistake of ours
            return Unread(reference, f"{path} needs a secret that can't be read: {error.message}")
