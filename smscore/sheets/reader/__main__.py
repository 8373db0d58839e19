"""The program of the child process: limits first, then the file.

Started by `smscore.sheets.reader_process` with a socket as standard input. Over it comes one order, with the
descriptors of the file and of the memory for the rows; over it the answers leave, in frames.
"""

from __future__ import annotations

import gc
import json
import select
import socket
import sys
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .isolation import isolate

if TYPE_CHECKING:
    from .framing import Order


def limit(order: Order) -> None:
    """Limit the address space and the processor time of this process; allow no write to any file, no core dump."""
    try:
        import resource
    except ImportError:  # not on Windows, where the child is still a process apart
        return
    for what, most in (
        (resource.RLIMIT_AS, order.memory + order.answer),
        (resource.RLIMIT_CPU, order.cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most, hard) if hard == resource.RLIM_INFINITY else (min(most, hard), hard))


def skip_costly_imports() -> None:
    """Let Arrow start in less than half the time: without NumPy, and without parsing its documentation.

    `pyarrow.compute` parses the documentation of every option of its 286 functions to write their docstrings.
    """
    modules: dict[str, Any] = sys.modules
    modules["numpy"] = None
    modules["pyarrow.vendored.docscrape"] = SimpleNamespace(NumpyDocString=lambda _: {"Parameters": ()})


def main() -> None:
    """Wait for the one order, read the file, send its rows, end."""
    gc.disable()  # nothing here needs the collector of reference cycles
    skip_costly_imports()
    isolate()
    # Loaded while the order is still on its way.
    from .delimited import warm_up
    from .file_formats import detect_reader
    from .framing import FrameWriter, Order, Refused

    with socket.socket(fileno=0) as line:
        nobody_waits = not select.select([line], [], [], 0)[0]
        if nobody_waits:
            warm_up()
        message, (file, answers), _, _ = socket.recv_fds(line, 65_536, 2)
        order = Order(**json.loads(message))
        limit(order)
        writer = FrameWriter(line, answers, order.answer)
        try:
            with open(file, "rb", closefd=False) as source:  # noqa: PTH123 - a descriptor, not a path
                source.seek(0)
                reader = import_module(f".{detect_reader(source)}", __package__)
                reader.read(source, writer, order)
        except Refused as refusal:
            writer.refuse(refusal)
        except MemoryError:
            writer.refuse(Refused("too_much_memory"))


if __name__ == "__main__":
    main()
