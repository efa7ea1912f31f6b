"""Resets leave nothing behind: neither in memory nor on the disk."""

import re
from pathlib import Path

import pytest
from emulator_stage import IDENTIFY, send

from headwater.testing import Emulator

PAGE_BYTES = 4_096
MB = 1024 * 1024


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES


def folder_bytes(pid):
    """Return the size of the data folder that a server has open."""
    links = (target for link in Path(f"/proc/{pid}/fd").iterdir() if (target := or_none(link.readlink)) is not None)
    folder = next(found[0] for link in links if (found := re.match(r".*/headwater-emulator-[^/]+", str(link))))
    sizes = (or_none(file.stat) for file in Path(folder).rglob("*") if file.is_file())
    return sum(size.st_size for size in sizes if size is not None)


def or_none(look):
    """Look at what a running server may have closed or removed since it was listed."""
    try:
        return look()
    except FileNotFoundError:
        return None


def live(emulator, times):
    """Let so many tests happen: each leaves a person, events, a destination and a request, and a reset ends it."""
    for number in range(times):
        emulator.create_destination("webhook", {"url": "https://crm.example.com/"})
        if number % 10 == 0:
            emulator.register("ada@example.com")
        send(emulator, "track", userId="ada", event="Order Completed", properties={"note": "x" * 2_000})
        emulator.assert_delivered("Webhooks", body={"userId": "ada"})
        emulator.reset()


def growth(times):
    """Return by how many bytes memory and folder grow in so many tests, after those that warm it up."""
    with Emulator.start() as emulator:
        emulator.add_action(IDENTIFY)
        emulator.baseline()
        pid = emulator.info["pid"]
        live(emulator, 60)
        memory, folder = resident_bytes(pid), folder_bytes(pid)
        live(emulator, times)
        return resident_bytes(pid) - memory, folder_bytes(pid) - folder


def test_resets_leave_no_growth():
    memory, folder = growth(60)

    assert memory < 6 * MB
    assert folder < 3 * MB


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_thousand_resets_leave_no_growth():
    memory, folder = growth(1_000)

    assert memory < 6 * MB
    assert folder < 3 * MB
