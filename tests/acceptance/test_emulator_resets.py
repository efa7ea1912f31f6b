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
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    folder = next(found[0] for link in links if (found := re.match(r".*/headwater-emulator-[^/]+", link)))
    return sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())


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
