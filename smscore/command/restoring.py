"""The verbs around a backup: make one, put it back, and decide what becomes of campaigns that were active in it."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from smscore import Desk, load_settings
from smscore.command.desks import actor, opened
from smscore.command.words import DONE, answer, counted, remark, say
from smscore.desk import Restored
from smscore.desk.backups import back_up, put_back


def after_restore(options: Namespace) -> int:
    """Decide about a campaign, or show what waits for a decision."""
    with opened() as desk:
        desk.restores.check()
        if options.decision:
            doubted = desk.restores.decide(options.campaign, options.decision, actor())
            remark(
                f"Decision saved for campaign {options.campaign}: {options.decision}. {doubted:,} marked as unknown."
            )
        if options.noted:
            remark(f"Noted: {counted(desk.restores.note_lost(actor()), 'missing campaign')}.")
        if options.begin_anew:
            desk.restores.begin_anew(actor())
        _show(desk, options.json)
    return DONE


def _show(desk: Desk, as_json: bool) -> None:
    restored = desk.restores.find_undecided() or Restored((), (), "")
    if as_json:
        answer(asdict(restored))
        return
    if not (restored.questions or restored.lost or restored.gone):
        say("Nothing needs a decision.")
    for question in restored.questions:
        since = desk.restores.backup_made_at(question)
        told = f"{since:%Y-%m-%d %H:%M}" if since else "an unknown time"
        which = "it is known which" if question.exact else "it is not known which"
        say(
            f"Campaign {question.campaign_id} “{question.name}”: {question.queued:,} queued, of whom "
            f"{question.people:,} may have been texted since {told}; {which}."
        )
        say(f"  python -m smscore after-restore {question.campaign_id} unknown    (or continue, or cancel)")
    for lost in restored.lost:
        say(f"Missing: a campaign that was number {lost.campaign_id}, about {counted(lost.people, 'message')}.")
    if restored.lost:
        say("  python -m smscore after-restore --noted    confirms that you've noted the missing campaigns")
    if restored.gone:
        say(f"Messages were sent from another database until {restored.gone}. This one can't send yet.")
        say("  python -m smscore after-restore --begin-anew    uses this database anyway")


def backup(options: Namespace) -> int:
    """Write a verified copy of the database."""
    made = back_up(load_settings(), options.file.absolute())
    if options.json:
        answer({"backup": str(made.path), "bytes": made.size, "campaigns": made.campaigns})
    else:
        holds = f", {counted(made.campaigns, 'campaign')}" if made.campaigns is not None else ""
        say(f"The backup {made.path} was written and verified ({made.size:,} bytes{holds}).")
    return DONE


def restore(options: Namespace) -> int:
    """Put a backup in the place of the database."""
    kept = put_back(load_settings(), options.file.absolute())
    if options.json:
        answer({"restored": str(options.file), "kept": str(kept) if kept else None})
    else:
        say(f"The database was restored from {options.file}.")
    if kept:
        remark(f"The replaced database is kept as {kept}.")
    remark("Campaigns that were active in the backup need your decision. Start SMS Desk and open Overview.")
    return DONE
