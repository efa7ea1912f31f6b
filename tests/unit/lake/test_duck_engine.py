"""The lake's writer has all it needs of DuckDB without its Python package, which no test's own process is without."""

import subprocess
import sys

import msgspec
from writing_stage import Shore, record

from headwater.lake.erasures import Erasure
from headwater.lake.write_orders import Report


def by_process(shore, **changes):
    orders = msgspec.json.encode(shore.orders(**changes))
    command = [sys.executable, "-m", "headwater.lake.writing"]
    said = subprocess.run(command, input=orders, capture_output=True, check=True)
    return msgspec.json.decode(said.stdout, type=Report)


async def test_writes_merges_gathers_erases_and_rebuilds_in_a_real_process(tmp_path):
    shore = Shore(tmp_path, events_per_flush=1, files_per_merge=3, most_waiting=1, events_for_two=4)
    await shore.append(*(record(number) for number in range(4)))
    written = by_process(shore)
    await shore.append(record(4), record(1), record(5))
    erased = by_process(shore, erasures=(Erasure(id="era_1", user_id="ada", up_to=1),), rebuild=True)

    assert (None, None, None, 4) == (written.reason, written.merge_failed, written.erase_failed, written.events)
    assert written.merges > 1
    assert (None, None, None, 4, 2) == (
        erased.reason,
        erased.merge_failed,
        erased.erase_failed,
        erased.rebuilt,
        erased.events,
    )
    assert erased.erased > 1
    assert [f"m{number}" for number in range(1, 6)] == shore.ids() == shore.archived()
