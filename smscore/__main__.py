"""`python -m smscore`: SMS Desk without a browser. What it can do is in `smscore.command`."""

import sys

from smscore.command import main

if __name__ == "__main__":
    sys.exit(main())
