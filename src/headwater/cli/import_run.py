"""One import of one file: from where it stopped to its end, batch by batch, its progress kept after each."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from headwater.cli import identity_batches, import_progress, import_report
from headwater.cli.client import Client
from headwater.cli.identity_files import PeopleFile, Person
from headwater.cli.identity_sender import Sender, Sent
from headwater.cli.import_progress import Progress
from headwater.cli.import_report import Report
from headwater.cli.import_screen import Screen
from headwater.cli.interruption import Interruption
from headwater.core.clock import Clock

MAX_IDS = 1000


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of all files: of this run and the ones it goes on with. `ids` are the first few of this run."""

    imported: int = 0
    recognised: int = 0
    refused: int = 0
    rows: int = 0
    done_bytes: int = 0
    ids: list[str] = field(default_factory=list)

    def count(self, progress: Progress) -> None:
        """Count what an earlier run did."""
        self.imported += progress.imported
        self.recognised += progress.recognised
        self.refused += progress.refused
        self.done_bytes += progress.end


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """What every file's import has in common. `size` is how many rows go together at most.

    Between two batches it stops when an `interruption` is wanted.
    """

    client: Client
    clock: Clock
    screen: Screen
    report: Report
    tally: Tally
    size: int
    interruption: Interruption

    async def run(self, file: PeopleFile, progress: Progress, *, kept_in: Path | None, is_resumed: bool) -> bool:
        """Import what `progress` has not, and keep it in the file `kept_in`, if there is one; tell if it is all."""
        began_at = datetime.fromisoformat(progress.began_at)
        sender = Sender(self.client, clock=self.clock, began_at=began_at, tell=self.screen.note)
        # Of the batch that an earlier run may not have lived to count.
        doubtful_up_to = progress.number + progress.batch_size if is_resumed else 0
        progress = msgspec.structs.replace(progress, batch_size=max(self.size, progress.batch_size))
        kept_in = self._keep(kept_in, progress)
        pending: asyncio.Task[list[Sent]] | None = None
        for batch in identity_batches.batches(file.people(number=progress.number, end=progress.end), size=self.size):
            # This batch was read and parsed while the server was busy with the one before.
            if pending is not None:
                progress = self._settle(file, progress, await pending)
                kept_in = self._keep(kept_in, progress)
            if self.interruption.is_wanted:
                return False
            pending = asyncio.create_task(sender.send(batch, doubtful_up_to=doubtful_up_to))
            await asyncio.sleep(0)
        if pending is not None:
            progress = self._settle(file, progress, await pending)
        self._keep(kept_in, msgspec.structs.replace(progress, is_finished=True))
        return True

    def _settle(self, file: PeopleFile, progress: Progress, sent: list[Sent]) -> Progress:
        """Count a batch, report who was refused, and return the progress after it."""
        refused = [item for item in sent if item.identity_id is None]
        recognised = sum(item.is_recognised for item in sent)
        for item in refused:
            self.report.add(file.name, item)
            self.screen.refusal(_complaint(file.name, item))
        self.report.flush()
        last: Person = sent[-1].person
        tally = self.tally
        tally.rows += len(sent)
        tally.refused += len(refused)
        tally.recognised += recognised
        tally.imported += len(sent) - len(refused)
        tally.done_bytes += last.end - progress.end
        room = MAX_IDS - len(tally.ids)
        tally.ids += [item.identity_id for item in sent if item.identity_id is not None][:room]
        self.screen.show(rows=tally.rows, done_bytes=tally.done_bytes, imported=tally.imported, refused=tally.refused)
        return msgspec.structs.replace(
            progress,
            number=last.number,
            end=last.end,
            imported=progress.imported + len(sent) - len(refused),
            recognised=progress.recognised + recognised,
            refused=progress.refused + len(refused),
            report_bytes=self.report.size_bytes,
        )

    def _keep(self, path: Path | None, progress: Progress) -> Path | None:
        """Keep the progress; where it can't be kept, say so once and go on without."""
        if path is None:
            return None
        try:
            import_progress.save(path, progress)
        except OSError as error:
            self.screen.note(f"warning: {path} can't be written ({error.strerror}): this import can't be resumed.")
            return None
        return path


def _complaint(file: str, item: Sent) -> str:
    about = import_report.row(file, item)
    where = " ".join(f"{kind} {number}" for kind, number in item.person.where.items())
    who = f" ({about['identifier']})" if about["identifier"] else ""
    return f"{file} {where}{who}: {item.reason}"
