"""Tests never keep anything in the real home: not this process, and none that it starts."""

import atexit
import os
import shutil
import tempfile

_MINE = "SMSDESK_TESTS_STATE"
if _MINE not in os.environ:
    os.environ[_MINE] = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="smsdesk_state_")
    _owner = os.getpid()
    # A forked child must not take it from its parent.
    atexit.register(lambda: os.getpid() == _owner and shutil.rmtree(os.environ[_MINE], ignore_errors=True))
