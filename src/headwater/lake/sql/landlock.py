"""Landlock: Linux lets a process deny itself the file system, for good, without being anybody special.

Only what is opened after `restrict` is denied, and only to this thread and to those that it starts: call it while it
is the only one.
"""

import ctypes
import os
import struct
from collections.abc import Sequence
from pathlib import Path

# The same numbers on every architecture: they came after Linux began to number new calls alike.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
PATH_BENEATH = 1
PR_SET_NO_NEW_PRIVS = 38

READ_FILE, READ_DIR = 1 << 2, 1 << 3
# By version of the interface: everything that can be denied there is.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
NETWORK_SINCE, NETWORK_RIGHTS = 4, 0b11
SCOPES_SINCE, SCOPES = 6, 0b11

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return the version of Landlock that this machine has, 0 where it has none."""
    try:
        return max(_call(CREATE_RULESET, None, 0, VERSION_FLAG), 0)
    except OSError:
        return 0


def restrict(*, read: Sequence[Path]) -> None:
    """Deny this thread all files, except that what is (below) `read` can be read. Raises OSError where it can't."""
    found = version()
    rights = FILE_RIGHTS[min(found, max(FILE_RIGHTS))] if found else 0
    network = NETWORK_RIGHTS if found >= NETWORK_SINCE else 0
    scopes = SCOPES if found >= SCOPES_SINCE else 0
    wanted = struct.pack("QQQ", rights, network, scopes)
    known_bytes = 24 if found >= SCOPES_SINCE else 16 if found >= NETWORK_SINCE else 8
    rules = _call(CREATE_RULESET, wanted, known_bytes, 0)
    try:
        for path in read:
            _allow(rules, path)
        give_up_privileges()
        _call(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def give_up_privileges() -> None:
    """Let this process, and whatever it starts, never get more rights than it has: the kernel asks for that first."""
    if _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl refused")


def _allow(rules: int, path: Path) -> None:
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rights = READ_FILE | READ_DIR if path.is_dir() else READ_FILE
    try:
        _call(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", rights, beneath), 0)
    finally:
        os.close(beneath)


def _call(number: int, *arguments: int | bytes | None) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *map(_argument, arguments)))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _argument(value: int | bytes | None) -> ctypes.c_long | ctypes.c_char_p:
    return ctypes.c_long(value) if isinstance(value, int) else ctypes.c_char_p(value)
