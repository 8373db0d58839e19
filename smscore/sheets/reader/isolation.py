"""Take away system calls that the child does not need, in case a hostile file takes over a parser.

A parser that a hostile file has taken over could still open connections, run programs or remove files. A filter of
system calls (seccomp(2), Linux on x86-64 and ARM64) refuses these to the whole process, for good. Elsewhere, and where
the system allows no filter, the child's other limits stand alone.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
ALLOW, REFUSE_AS_NOT_PERMITTED = 0x7FFF_0000, 0x0005_0001
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
"""Instructions of a filter: load 32 bits of the call's description, compare and skip, answer (linux/filter.h)."""
NUMBER_AT, MACHINE_AT = 0, 4
FOREIGN_TABLE = 0x4000_0000
"""From here on, x86-64 numbers its calls in another way (x32)."""
REFUSED = {
    "x86_64": (
        0xC000_003E,
        {
            "socket": 41, "connect": 42, "bind": 49, "listen": 50, "execve": 59, "execveat": 322, "ptrace": 101,
            "process_vm_readv": 310, "process_vm_writev": 311, "io_uring_setup": 425, "truncate": 76, "rename": 82,
            "renameat": 264, "renameat2": 316, "mkdir": 83, "mkdirat": 258, "rmdir": 84, "link": 86, "linkat": 265,
            "unlink": 87, "unlinkat": 263, "symlink": 88, "symlinkat": 266, "chmod": 90, "fchmodat": 268, "chown": 92,
        },
    ),
    "aarch64": (
        0xC000_00B7,
        {
            "socket": 198, "connect": 203, "bind": 200, "listen": 201, "execve": 221, "execveat": 281, "ptrace": 117,
            "process_vm_readv": 270, "process_vm_writev": 271, "io_uring_setup": 425, "truncate": 45, "renameat": 38,
            "renameat2": 276, "mkdirat": 34, "linkat": 37, "unlinkat": 35, "symlinkat": 36, "fchmodat": 53,
            "fchownat": 54,
        },
    ),
}  # fmt: skip
"""For each machine its name in a call's description (linux/audit.h) and the numbers of the refused calls."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def isolate() -> bool:
    """Give up connections, programs, other processes and changes to files; return whether the system allowed that.

    This must be called before the process has a second thread, which would keep these rights.
    """
    known = REFUSED.get(os.uname().machine) if sys.platform == "linux" else None
    if known is None:
        return False
    machine, calls = known
    instructions = _build_filter(machine, sorted(calls.values()))
    program = _Program(len(instructions) // 8, instructions)
    control = ctypes.CDLL(None).prctl
    return not (
        control(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        or control(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
    )


def _build_filter(machine: int, calls: list[int]) -> bytes:
    """Return the instructions of the filter; the last two are the answers, to which all others skip."""
    size = len(calls) + 6
    code = [(LOAD, 0, 0, MACHINE_AT), (EQUAL, 0, size - 3, machine), (LOAD, 0, 0, NUMBER_AT)]
    code.append((AT_LEAST, size - 5, 0, FOREIGN_TABLE))
    code += [(EQUAL, size - 2 - at, 0, call) for at, call in enumerate(calls, len(code))]
    code += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE_AS_NOT_PERMITTED)]
    return b"".join(struct.pack("HBBI", *each) for each in code)
