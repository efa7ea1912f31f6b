"""A process that notes one firing and, a tenth of a second later by its clock, waits to be killed."""

import asyncio
import sys
from pathlib import Path

from journal_stage import Stage, firing


async def main() -> None:
    stage = Stage(Path(sys.argv[1]))
    await stage.kept(firing())
    sys.stdout.write("killed now\n")
    sys.stdout.flush()
    await asyncio.sleep(60)


asyncio.run(main())
