"""What is registered on the DLT portal: templates, kept by hand or taken in from an export, and senders."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from smscore import dlt, store
from smscore.desk.template_imports import TemplateImport, compare_templates, import_changes
from smscore.errors import MessageError, TemplateError
from smscore.messages import Route
from smscore.sheets import Sheet
from smscore.store import Database, Template, TemplateText

USED_LOOKED_AT = 500
"""How many of the newest campaigns are asked for their senders."""
_HEADER = re.compile(r"[A-Za-z]{6}|[0-9]{6}")


class Templates:
    """Keeping templates. Every change makes a new version; campaigns that used an older version keep it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> tuple[Template, ...]:
        """Return the latest version of every template in use, by name."""
        return store.list_templates(self._database)

    def list_versions(self, template: int) -> tuple[Template, ...]:
        """Return all versions of one template, newest first."""
        return store.list_templates(self._database, template)

    def add(
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
        return self._save(text, confirmed, actor)

    def edit(
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
        """Keep a new version of a template; the rest as for `add`. Raises TemplateError."""
        text = TemplateText(name.strip(), body, template_id.strip(), tuple(headers), Route(route), category)
        return self._save(text, confirmed, actor, template)

    def _save(self, text: TemplateText, confirmed: bool, actor: str, template: int | None = None) -> Template:
        _check_template(text, confirmed)
        return store.save_template(self._database, text, actor, time.time(), template)

    def retire(self, template: int, actor: str) -> None:
        """Take a template out of use; its versions are kept. Raises TemplateError("no_such_template")."""
        versions = self.list_versions(template)
        if not versions:
            raise TemplateError("no_such_template", template=template)
        last = versions[0]
        text = TemplateText(
            last.name, last.body, last.template_id, last.headers, last.route, last.category, status="retired"
        )
        store.save_template(self._database, text, actor, time.time(), template)

    def compare(self, sheet: Sheet) -> TemplateImport:
        """Return what taking in a DLT portal's export would change; nothing is written.

        Raises TemplateError("no_template_columns").
        """
        return compare_templates(self.list(), sheet)

    def import_seen(
        self, seen: TemplateImport, actor: str, unusual: bool = False, missing: bool = False
    ) -> tuple[int, int]:
        """Take in what `seen` shows, in one commit; how many templates were written and how many retired.

        With `unusual` also those whose id is to be confirmed, with `missing` also retire those not in the export.
        Raises TemplateError("templates_changed") when the templates in use changed since; then nothing was written.
        """
        written, retired = import_changes(seen, self.list(), unusual, missing)
        store.save_templates(self._database, [*written, *retired], seen.versions, actor, time.time())
        return len(written), len(retired)


class Senders:
    """The list of senders that operators keep, and which senders to offer for a message."""

    def __init__(self, database: Database, templates: Templates) -> None:
        self._database = database
        self._templates = templates

    def list(self) -> tuple[str, ...]:
        """Return the senders (DLT headers) on the list."""
        return store.list_senders(self._database)

    def list_offered(self, whatsapp: bool = False, route: Route = Route.TRANS) -> tuple[str, ...]:
        """Return the senders to offer for a message: those used before, most recent first, then those of templates,
        the newest first, then those of the list; each once.

        WhatsApp numbers and DLT headers apart; of the headers those of the route's kind first (six digits for PROMO).
        """
        before = store.list_used_senders(self._database, USED_LOOKED_AT)
        used = [sender for sender, of_whatsapp in before if of_whatsapp == whatsapp]
        if whatsapp:
            return tuple(dict.fromkeys(used))
        newest = sorted(self._templates.list(), key=lambda each: each.created_at, reverse=True)
        known = [*used, *(header for each in newest for header in each.headers), *self.list()]
        headers = [each for each in dict.fromkeys(known) if _HEADER.fullmatch(each)]
        return tuple(sorted(headers, key=lambda each: each.isdigit() != (route is Route.PROMO)))

    def add(self, name: str, actor: str) -> bool:
        """Add a DLT header, six letters (case counts) or six digits; whether it was new. Raises MessageError."""
        if not _HEADER.fullmatch(name.strip()):
            raise MessageError("sender_not_header", sender=name.strip())
        return store.add_sender(self._database, name.strip(), actor, time.time())

    def remove(self, name: str, actor: str) -> None:
        """Remove a sender from the list."""
        store.remove_sender(self._database, name, actor, time.time())


def _check_template(text: TemplateText, confirmed: bool) -> None:
    """Refuse a template that could not be sent with. Raises TemplateError."""
    if not text.name:
        raise TemplateError("template_without_name")
    registered = dlt.RegisteredTemplate(
        text.template_id, text.name, text.body, text.headers, text.category, text.status, text.route
    )
    found = dlt.template_faults(registered)
    if found:
        raise TemplateError(found[0].code, **found[0].facts)
    if not confirmed and text.template_id and dlt.read_id(text.template_id).form is not dlt.Identifier.USUAL:
        raise TemplateError("template_id_unconfirmed", value=text.template_id)
