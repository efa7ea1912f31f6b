"""What the story is played with. Made by `demo`, given to every step."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headwater.cli.demo_receiver import Receiver
from headwater.cli.demo_screen import Screen
from headwater.cli.demo_server import Server
from headwater.cli.demo_shell import Shell
from headwater.core.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The server, the command line, the two receivers, a folder for files, and what other programs find around them."""

    folder: Path
    environ: Mapping[str, str]
    server: Server
    shell: Shell
    screen: Screen
    clock: Clock
    receiver: Receiver
    late_receiver: Receiver
