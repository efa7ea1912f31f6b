"""One kratos.yml made ready to be stored: read, sorted, its files embedded, and a finding for every part of it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.cli import (
    kratos_embedding,
    kratos_fetch,
    kratos_findings,
    kratos_hooks,
    kratos_leave_out,
    kratos_sorting,
    kratos_templates,
    kratos_text,
)
from headwater.cli.kratos_files import Files
from headwater.cli.kratos_findings import Finding
from headwater.cli.kratos_text import KratosFileError

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """`document` may be stored if `refusals` is empty."""

    document: dict[str, Any]
    findings: list[Finding]

    @property
    def refusals(self) -> list[Finding]:
        return kratos_findings.refused(self.findings)


async def prepare(
    file: str, *, allowed: Sequence[Path] = (), may_fetch: bool = False, without: Sequence[str] = ()
) -> Prepared:
    """Read `file` (`-` is stdin) and return it as an identity-config. Raises KratosFileError, UsageError."""
    content, folder = _content(file)
    parsed = kratos_text.parse(content, name="stdin" if file == STDIN else file)
    findings = kratos_leave_out.leave_out(parsed, without)
    result = kratos_sorting.sort(parsed)
    document, files = result.document, Files(folder, allowed=allowed)
    findings += result.findings
    findings += kratos_templates.embed(document, files=files)
    findings += await kratos_embedding.embed(document, files=files, fetch=kratos_fetch.fetch if may_fetch else None)
    findings += kratos_hooks.keep_orys_rule(document)
    return Prepared(document=document, findings=kratos_findings.ordered(findings))


def _content(file: str) -> tuple[bytes, Path]:
    if file == STDIN:
        return sys.stdin.buffer.read(kratos_text.MAX_BYTES + 1), Path.cwd()
    path = Path(file)
    try:
        with path.open("rb") as handle:
            return handle.read(kratos_text.MAX_BYTES + 1), path.parent
    except OSError as error:
        raise KratosFileError(f"{file} can't be read: {error.strerror}.") from error
