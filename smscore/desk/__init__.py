"""The desk: what an operator can do, in parts; each method that changes anything names its `actor`.

`open_desk()` opens the database and sends nothing. `start_engine(desk)` begins to send, in whichever one process is to
do that; closing a page or a desk stops no campaign. Backups (in `desk.restores`) need no open desk: they also
work while the database is damaged or gone.
"""

from smscore.desk.desk import Desk, SettingView, get_engine_fault, open_desk, start_engine, stop_engine
from smscore.desk.launches import OtpReceipt
from smscore.desk.opt_outs import Added
from smscore.desk.restores import Restored
from smscore.desk.results import Imported, Ledger
from smscore.desk.template_imports import TemplateImport
