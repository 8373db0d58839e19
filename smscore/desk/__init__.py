"""The desk: what an operator can do, one method a verb; each that changes anything names its `actor`.

`open_desk()` opens the database and sends nothing. `start_engine(desk)` begins to send, in whichever one process is to
do that; closing a page or a desk stops no campaign.
"""

from smscore.desk.desk import Desk, engine_fault, open_desk, start_engine, stop_engine
from smscore.desk.restoring import Restored
from smscore.desk.template_imports import TemplateImport
from smscore.desk.views import Added, Imported, Ledger, OtpReceipt, SettingView
