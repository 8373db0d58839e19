"""What operators keep: opt-outs, senders, templates, audiences, sandbox faults; and what the desk says of itself."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd
import pyarrow as pa

from smscore import delivery, dlt, store
from smscore.contacts import Audience, Choice, build_audience, typed_audience
from smscore.desk.base import Base
from smscore.desk.views import Added, Imported, SettingView
from smscore.errors import DeskError, MessageError, Notice, TemplateError, explain
from smscore.messages import Route
from smscore.phones import read_number
from smscore.provider import Check
from smscore.sandbox import Faults
from smscore.sheets import Sheet
from smscore.store import SavedAudience, Template, TemplateText

USED_LOOKED_AT = 500
"""How many of the newest campaigns are asked for their senders."""
_SENDER = re.compile(r"[A-Za-z]{6}|[0-9]{6}")


class Lists(Base):
    """Keeping lists."""

    # audiences

    def audience(self, sheet: Sheet, choice: Choice) -> Audience:
        """The audience of a sheet, without those who opted out. Raises SheetError."""
        return build_audience(sheet, choice, store.opted_out(self.database))

    def typed(self, text: str, region: str) -> Audience:
        """The audience of typed or pasted numbers, without those who opted out. Raises SheetError."""
        return typed_audience(text, region, store.opted_out(self.database))

    def save_audience(self, name: str, audience: Audience, actor: str) -> None:
        """Keep an audience's contacts by name. Raises DeskError: no_name,
        opt_out_column_undecided (a kept audience could not ask any more)."""
        if not name.strip():
            raise DeskError("no_name")
        if audience.undecided:
            columns = ", ".join(marks.column[:40] for marks in audience.undecided)
            raise DeskError("opt_out_column_undecided", columns=columns)
        arrow = store.packed(audience.tables.contacts)
        store.save_audience(self.database, name.strip(), audience.people, arrow, actor, time.time())

    def saved_audiences(self) -> tuple[SavedAudience, ...]:
        """All audiences kept, by name."""
        return store.saved_audiences(self.database)

    def saved_audience(self, name: str) -> Audience:
        """A kept audience; those who opted out since are opted out. Raises DeskError("no_such_audience")."""
        arrow = store.saved_audience(self.database, name)
        if arrow is None:
            raise DeskError("no_such_audience", name=name)
        return self._stored_audience(name, store.unpacked(arrow))

    def delete_audience(self, name: str, actor: str) -> None:
        """Forget a kept audience."""
        store.delete_audience(self.database, name, actor, time.time())

    # opt-outs

    def opt_outs(self, search: str = "", limit: int = 1000) -> pd.DataFrame:
        """The opt-out list, newest first: phone, added_at (aware), actor, source; those whose number holds the
        digits of `search`."""
        rows = store.opt_out_page(self.database, "".join(c for c in search if c.isdigit()), limit)
        frame = pd.DataFrame([(f"+{r.msisdn}", r.added_at, r.actor, r.source) for r in rows],
                             columns=["phone", "added_at", "actor", "source"])  # fmt: skip
        frame["added_at"] = pd.to_datetime(frame["added_at"], unit="s", utc=True).dt.tz_convert(self.settings.zone)
        return frame

    def opt_out_count(self) -> int:
        """How many numbers are on the opt-out list."""
        return store.opt_out_count(self.database)

    def opt_outs_changed(self) -> int:
        """A number that is another one after each change of the opt-out list."""
        return store.opt_outs_changed(self.database)

    def add_opt_outs(self, numbers: Audience | str, region: str, actor: str, source: str) -> Added:
        """Add typed numbers, or the contacts of a sheet, to the opt-out list. Raises SheetError."""
        audience = typed_audience(numbers, region) if isinstance(numbers, str) else numbers
        msisdns = audience.tables.contacts.column("msisdn").to_pylist()
        new = store.add_opt_outs(self.database, msisdns, actor, source, time.time())
        already = len(msisdns) - new + audience.tables.opted_out.num_rows
        unread = audience.problems
        return Added(new, already, audience.arithmetic().problems, audience.tables.duplicates.num_rows, unread)

    def remove_opt_out(self, phone: str, actor: str) -> bool:
        """Take one number, in any written form, off the list; whether it was on it. Raises DeskError("no_number")."""
        read = read_number(phone, self.settings.region)
        if not read.e164:
            raise DeskError("no_number", value=phone)
        return store.remove_opt_out(self.database, int(read.e164[1:]), actor, time.time())

    # senders

    def senders(self) -> tuple[str, ...]:
        """The senders (DLT headers) to pick from."""
        return store.senders(self.database)

    def offered_senders(self, whatsapp: bool = False, route: Route = Route.TRANS) -> tuple[str, ...]:
        """Return the senders to offer for a message: those used before, most recent first, then those of templates,
        the newest first, then those of the list; each once.

        WhatsApp numbers and DLT headers apart; of the headers those of the route's kind first (six digits for PROMO).
        """
        used = [sender for sender, of_whatsapp in store.used_senders(self.database, USED_LOOKED_AT)
                if of_whatsapp == whatsapp]  # fmt: skip
        if whatsapp:
            return tuple(dict.fromkeys(used))
        newest = sorted(self.templates(), key=lambda each: each.created_at, reverse=True)
        known = [*used, *(header for each in newest for header in each.headers), *self.senders()]
        headers = [each for each in dict.fromkeys(known) if _SENDER.fullmatch(each)]
        return tuple(sorted(headers, key=lambda each: each.isdigit() != (route is Route.PROMO)))

    def add_sender(self, name: str, actor: str) -> bool:
        """Add a DLT header, six letters (case counts) or six digits; whether it was new. Raises MessageError."""
        if not _SENDER.fullmatch(name.strip()):
            raise MessageError("sender_not_header", sender=name.strip())
        return store.add_sender(self.database, name.strip(), actor, time.time())

    def remove_sender(self, name: str, actor: str) -> None:
        """Remove a sender from the list."""
        store.remove_sender(self.database, name, actor, time.time())

    # templates

    def templates(self) -> tuple[Template, ...]:
        """The latest version of every template in use, by name."""
        return store.templates(self.database)

    def template_versions(self, template: int) -> tuple[Template, ...]:
        """All versions of one template, newest first."""
        return store.templates(self.database, template)

    def add_template(
        self,
        name: str,
        body: str,
        template_id: str = "",
        headers: Sequence[str] = (),
        route: Route | str = Route.TRANS,
        category: str = "",
        actor: str = "",
        confirmed: bool = True,
    ) -> Template:
        """Keep a new template; `confirmed` says that a person has compared an unusual id. Raises TemplateError."""
        text = TemplateText(name.strip(), body, template_id.strip(), tuple(headers), Route(route), category)
        _must_be_template(text, confirmed)
        return store.save_template(self.database, text, actor, time.time())

    def edit_template(
        self,
        template: int,
        name: str,
        body: str,
        template_id: str = "",
        headers: Sequence[str] = (),
        route: Route | str = Route.TRANS,
        category: str = "",
        actor: str = "",
        confirmed: bool = True,
    ) -> Template:
        """A new version of a template; campaigns that used an older one keep it. Raises TemplateError."""
        text = TemplateText(name.strip(), body, template_id.strip(), tuple(headers), Route(route), category)
        _must_be_template(text, confirmed)
        return store.save_template(self.database, text, actor, time.time(), template)

    def retire_template(self, template: int, actor: str) -> None:
        """Take a template out of use; its versions are kept. Raises TemplateError("no_such_template")."""
        versions = self.template_versions(template)
        if not versions:
            raise TemplateError("no_such_template", template=template)
        last = versions[0]
        text = TemplateText(
            last.name, last.body, last.template_id, last.headers, last.route, last.category, status="retired"
        )
        store.save_template(self.database, text, actor, time.time(), template)

    # delivery

    def import_delivery_file(self, sheet: Sheet, actor: str) -> Imported:
        """Take in a portal's report file. Raises DeskError("no_report_columns")."""
        read = delivery.read_portal_file(sheet.table, sheet.rows.to_pylist())
        matched = 0
        with self.database.writing() as connection:
            stored = store.store_events(connection, read.events, time.time())
            store.note(connection, actor, "delivery_file", time.time(), note=f"new reports: {stored:,}")
        while True:
            with self.database.writing() as connection:
                settled = store.apply_waiting(connection, time.time())
            if not settled:
                break
            matched += settled
        return Imported(matched, max(0, stored - matched), (*sheet.problems, *read.problems))

    def _take_report(self, channel: str, body: bytes) -> int:
        """Store the reports in a callback's body; how many were new. The janitor applies them."""
        events = delivery.read_reports(channel, body)
        with self.database.writing() as connection:
            return store.store_events(connection, events, time.time())

    # the desk itself

    def check_connection(self) -> Check:
        """Ask the provider whether it takes our key, by a request that cannot send anything."""
        return self.provider.check()

    def faults(self) -> Faults | None:
        """What the built-in sandbox does wrong; None when live."""
        return self.stand.sandbox.faults if self.stand else None

    def set_faults(self, **changes: object) -> Faults:
        """Change what the built-in sandbox does wrong; all faults then. Raises ProviderError."""
        if self.stand is None:
            raise DeskError("no_sandbox")
        faults = self.stand.sandbox.change(**changes)
        store.set_setting(self.database, "faults", json.dumps(asdict(faults)))
        return faults

    def settings_view(self) -> tuple[SettingView, ...]:
        """Every setting as a page may draw it: of a secret only whether it is set."""
        settings = self.settings
        shown = {
            "API_KEY": "set" if settings.live else "not set",
            "BASE_URL": settings.base_url,
            "DATABASE_URL": settings.database_shown,
            "ROLE": settings.role.value,
            "REGION": settings.region,
            "RATE": f"{settings.rate:g} messages per second",
            "BATCH_SIZE": f"{settings.batch_size:,} recipients in a call",
            "CONNECTIONS": f"{settings.connections}",
            "TIMEZONE": settings.timezone,
            "SAME_LIST_HOURS": f"{settings.same_list_hours:g} hours",
            "STATE_DIR": str(settings.state_dir),
            "PRICE": "not set" if settings.price is None else f"{settings.price} {settings.currency} a segment",
            "WEBHOOK_TOKEN": "set" if settings.webhook_token else "not set",
            "ADMINISTRATORS": ", ".join(settings.administrators) or "not set",
            "ALLOWED_ADDRESSES": f"{len(settings.allowed_addresses):,} addresses",
            "ALLOWED_DOMAINS": ", ".join(settings.allowed_domains) or "not set",
        }
        return tuple(
            SettingView(name, value, f"SMSCORE_{name}", explain(f"about_{name.lower()}").sentence)
            for name, value in shown.items()
        )

    def activity(self, limit: int = 200) -> pd.DataFrame:
        """Who did what, newest first: at (aware), actor, act, campaign, note."""
        frame = pd.DataFrame(
            [tuple(row) for row in store.activity(self.database, limit)],
            columns=["at", "actor", "act", "campaign", "note"],
        )
        frame["at"] = pd.to_datetime(frame["at"], unit="s", utc=True).dt.tz_convert(self.settings.zone)
        frame["campaign"] = frame["campaign"].astype("Int64")
        return frame

    def _stored_audience(self, name: str, contacts: pa.Table) -> Audience:
        raise NotImplementedError


def _must_be_template(text: TemplateText, confirmed: bool) -> None:
    if not text.name:
        raise TemplateError("template_without_name")
    registered = dlt.Registered(
        text.template_id, text.name, text.body, text.headers, text.category, text.status, text.route
    )
    found: tuple[Notice, ...] = dlt.template_faults(registered)
    if found:
        raise TemplateError(found[0].code, **found[0].facts)
    if not confirmed and text.template_id and dlt.read_id(text.template_id).form is not dlt.Identifier.USUAL:
        raise TemplateError("template_id_unconfirmed", value=text.template_id)
