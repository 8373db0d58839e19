"""The provider's stand-in: an ASGI app with the provider's endpoints, faults on demand and delivery reports.

Mounted beside the pages (`Mount("/sandbox", Sandbox(key, report=…).app)`), or alone (`serve(port)`). It keeps a true
count per recipient at `GET /truth`, the last hundred requests at `GET /requests`, and its faults at `/faults`.
"""

from smscore.sandbox.delivery import Webhook
from smscore.sandbox.faults import ENDINGS, MEANINGS, MODES, Faults
from smscore.sandbox.ledger import Seen, Truth
from smscore.sandbox.service import KEY, Sandbox, serve

__all__ = ["ENDINGS", "KEY", "MEANINGS", "MODES", "Faults", "Sandbox", "Seen", "Truth", "Webhook", "serve"]
