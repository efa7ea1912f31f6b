"""A question to whoever sits at the terminal, of which only `yes` is a yes."""

import asyncio
import sys


async def says_yes(question: str) -> bool:
    """Ask on stderr, and wait for a line. Ctrl-C ends the waiting, which it would not while a read blocks."""
    print(f"{question} Only `yes` does. ", end="", file=sys.stderr, flush=True)
    return (await _line()).strip().lower() == "yes"


async def _line() -> str:
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()
