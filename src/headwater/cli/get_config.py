"""`headwater get config`: everything that is configured, as the file that `plan` and `apply` take."""

from headwater.cli.connection import connected
from headwater.cli.output import View
from headwater.cli.session import Here

CONFIG = View(columns=("version", "workspace", "projects", "sources", "destinations"), id="version")
YAML = "yaml"
HEAD = """\
# Headwater's configuration, as it was live when this was written: `headwater get config > headwater.yaml`.
# `headwater plan FILE` shows what a changed one would change, `headwater apply FILE` does it, whole or not at all.
# No secret stands here: secret://… and *** stand for those that are kept, and keep them. Write a new one in clear,
# or name it: env:NAME, file:PATH. A file makes no write keys; it only names those there are."""


async def run(*, at: Here) -> None:
    """Write down everything that is configured, without secrets."""
    async with connected(at) as client:
        document = await client.get("/api/config")
    if at.is_table or at.output.format == YAML:
        print(HEAD)
    at.show(document, view=CONFIG, default=YAML)
