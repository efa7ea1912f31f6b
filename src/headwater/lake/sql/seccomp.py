"""seccomp: a filter in front of the kernel that refuses a process the calls it never needs.

A query computes on files that it may read: no sockets, no other programs, no other processes, none of the kernel's
doors beside the usual ones. Refused calls fail as if they weren't permitted.
"""

import ctypes
import errno
import os
import platform
import struct

from headwater.lake.sql import landlock

PR_SET_SECCOMP, MODE_FILTER = 22, 2

# Numbers of x86-64 and of AArch64 (Linux's asm/unistd.h).
X86_64, AARCH64 = "x86_64", "aarch64"
AUDIT = {X86_64: 0xC000003E, AARCH64: 0xC00000B7}
X32_BIT = 0x40000000  # the other way to call an x86-64 kernel
DENIED = {
    X86_64: {
        "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46, "bind": 49, "listen": 50,
        "socketpair": 53, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "ptrace": 101, "accept4": 288,
        "execveat": 322, "tkill": 200, "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321,
        "open_by_handle_at": 304, "userfaultfd": 323, "keyctl": 250, "add_key": 248, "request_key": 249,
        "perf_event_open": 298, "memfd_create": 319, "chmod": 90, "fchmod": 91, "fchmodat": 268, "chown": 92,
        "fchown": 93, "lchown": 94, "fchownat": 260, "utimensat": 280, "setxattr": 188, "unshare": 272,
        "setns": 308, "mount": 165, "chroot": 161, "pivot_root": 155, "truncate": 76,
    },
    AARCH64: {
        "socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "accept": 202, "connect": 203, "sendto": 206,
        "sendmsg": 211, "execve": 221, "kill": 129, "tkill": 130, "ptrace": 117, "accept4": 242, "execveat": 281,
        "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "open_by_handle_at": 265,
        "userfaultfd": 282, "keyctl": 219, "add_key": 217, "request_key": 218, "perf_event_open": 241,
        "memfd_create": 279, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55, "utimensat": 88,
        "setxattr": 5, "unshare": 97, "setns": 268, "mount": 40, "chroot": 51, "pivot_root": 41, "truncate": 45,
    },
}  # fmt: skip
# The same everywhere. io_uring is a second way to open and to connect, which the filter would not see.
DENIED_EVERYWHERE = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "pidfd_getfd": 438, "process_madvise": 440,
}  # fmt: skip
CLONE = {X86_64: 56, AARCH64: 220}
CLONE3 = 435
CLONE_THREAD = 0x00010000

# Berkeley packet filter: (code, jump if true, jump if false, value), and where the kernel's record has what.
LOAD, EQUALS, AT_LEAST, HAS_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_known() -> bool:
    """Tell whether the numbers of this machine's calls are known here."""
    return platform.system() == "Linux" and platform.machine() in DENIED


def restrict() -> None:
    """Refuse this thread, and those that it starts, the calls above; for good. Raises OSError where it can't."""
    if not is_known():
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    instructions = _filter(platform.machine())
    program = _Program(len(instructions) // 8, instructions)
    landlock.give_up_privileges()
    if _libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _filter(machine: str) -> bytes:
    refuse = REFUSE | errno.EPERM
    steps = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (EQUALS, 1, 0, AUDIT[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER_AT),
    ]
    if machine == X86_64:
        steps += [(AT_LEAST, 0, 1, X32_BIT), (RETURN, 0, 0, KILL)]
    for number in (*DENIED[machine].values(), *DENIED_EVERYWHERE.values()):
        steps += [(EQUALS, 0, 1, number), (RETURN, 0, 0, refuse)]
    # The C library asks for clone3 first, whose flags a filter can't see, and then for clone, whose it can.
    steps += [(EQUALS, 0, 1, CLONE3), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    steps += [
        (EQUALS, 0, 3, CLONE[machine]),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        (HAS_BITS, 1, 0, CLONE_THREAD),
        (RETURN, 0, 0, refuse),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
