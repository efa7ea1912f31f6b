"""A writer of the lake that dies, by SIGKILL, at each step of its work in turn: flushes, merges, a rebuild,
people who are erased.

    dying_writer.py FOLDER TASK [far|two]

With `far` the lake's home is an S3 server: then what each life begins with, and each life's end, are there, too. With
`two` its tables are made by a second process, which outlives it for a moment.
Each life begins with a copy of FOLDER, is killed at its n-th touch of a file or statement, and is followed by one that
goes on undisturbed. What then is in the lake is printed, a line of JSON each; the last line is of a life that was not
killed. Forked, because starting Python a hundred times takes longer than the rest.
"""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

from s3_stage import S3, FarShore
from writing_stage import Shore

from headwater.lake.depot.cache import Cache
from headwater.lake.depot.objects import Objects
from headwater.lake.duck import Duck
from headwater.lake.erasures import Erasure
from headwater.lake.lake_lock import LakeBusyError
from headwater.lake.write_orders import Report
from headwater.lake.write_run import write

FILE_EVENTS = {"os.rename", "os.remove", "os.mkdir"}
EVERY = 3
EVERY_FAR = 11  # a life takes longer, and has more steps; with a second process, too
WITHOUT = 3
steps = []  # those that are left


def step():
    if steps and not steps.pop():
        os.kill(os.getpid(), signal.SIGKILL)


class Dying(sqlite3.Connection):
    def execute(self, *arguments):
        step()
        return super().execute(*arguments)

    def executemany(self, *arguments):
        step()
        return super().executemany(*arguments)


class DyingObjects(Objects):
    def put(self, *arguments):
        super().put(*arguments)
        step()

    def put_bytes(self, *arguments):
        super().put_bytes(*arguments)
        step()

    def replace(self, *arguments, **named):
        tag = super().replace(*arguments, **named)
        step()
        return tag

    def remove(self, *arguments):
        super().remove(*arguments)
        step()


class DyingDuck(Duck):
    def _copy(self, query, target):
        rows = super()._copy(query, target)
        step()
        return rows


def die_sometimes():
    connect = sqlite3.connect
    sqlite3.connect = lambda *arguments, **named: connect(*arguments, **{**named, "factory": Dying})
    sys.addaudithook(lambda event, _: step() if event in FILE_EVENTS else None)
    sys.modules["headwater.lake.writable_lake"].Duck = DyingDuck
    sys.modules["headwater.lake.depot.depot"].Objects = DyingObjects


def shore_at(folder):
    limits = {"events_for_two": 1 if "two" in sys.argv else 2**62}
    limits |= {"files_per_merge": 3, "events_per_flush": 3, "records_per_read": 2, "grace_ms": 0, "most_waiting": 1}
    found = FarShore(folder, server.place(folder.name), **limits) if server else Shore(folder, **limits)
    found.now_ms += 1
    return found


def orders(shore, task):
    up_to = int(task.partition("-")[2])
    erasures = (Erasure(id="era_1", user_id="ada", up_to=1),) if task.startswith("erase") else ()
    return shore.orders(up_to=up_to, rebuild=task.startswith("rebuild"), erasures=erasures)


def in_a_child(life):
    child = os.fork()
    if child == 0:
        try:
            life()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(number, folder, task):
    steps[:] = [False, *[True] * number]
    asyncio.run(write(orders(shore_at(folder), task)))


def gone_on(folder, task):
    shore = shore_at(folder)
    again = Report(reason=LakeBusyError().message)
    while again.reason == LakeBusyError().message:
        again = asyncio.run(write(orders(shore, task)))
    known = shore.snapshot()
    there = see_there(shore, known) if server else {}
    sys.stdout.write(
        json.dumps(
            {
                "reason": again.reason,
                "merge_failed": again.merge_failed,
                "cursor": known.cursor,
                "tracks": shore.ids(),
                "of_one": shore.ids("order_completed"),
                "archived": shore.archived(),
                "missing": [one.path for one in known.files if not (shore.lake / one.path).is_file()],
                "unknown": sorted(shore.stored_files() - {one.path for one in known.files} - shore.of_ids()),
                **there,
            }
        )
        + "\n"
    )
    sys.stdout.flush()


def see_there(shore, known):
    """Bring what is valid here, and return what is there too much or too little."""
    Cache(shore.lake, shore.place).fetch([one.path for one in known.files], now_ms=shore.now_ms)
    valid, there = {one.path for one in known.files} | shore.of_ids(), shore.stored_there()
    return {"lacking_there": sorted(valid - there), "unknown_there": sorted(there - valid)}


def live_first(life):
    """Put down what a life begins with: a lake of the first two events, at home in a bucket of its own."""
    if server:
        shutil.rmtree(life / "lake")
        for number in ("1", "2"):
            asyncio.run(write(orders(shore_at(life), f"flush-{number}")))


def main(folder, task):
    die_sometimes()
    number, code = 0, -signal.SIGKILL
    while code:
        life = folder.with_name(f"life-{number}")
        shutil.copytree(folder, life)
        in_a_child(lambda life=life: live_first(life))
        code = in_a_child(lambda number=number, life=life: killed_at(number, life, task))
        in_a_child(lambda life=life: gone_on(life, task))
        shutil.rmtree(life)
        number += EVERY_FAR if len(sys.argv) > WITHOUT else EVERY


server = S3() if "far" in sys.argv else None
main(Path(sys.argv[1]), sys.argv[2])
