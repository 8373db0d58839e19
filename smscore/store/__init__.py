"""The store: every campaign, recipient, call and report, on SQLite or PostgreSQL. SQL is written here only.

Read `tables` first, then `sending` (why nobody is texted twice), `launching`, `steering`, `deliveries`, `reading`.
"""

from sqlalchemy import Connection

from smscore.store.canaries import canaries_waiting, canary_passed, judge_canary, judge_sent_canary
from smscore.store.connect import Database, is_sqlite, normal_url, sqlite_file
from smscore.store.continuity import (
    DeskState,
    actual_place,
    begin_timeline,
    count_beat,
    count_claims,
    desk_state,
    name_desk,
    note_gone,
    sign_desk,
)
from smscore.store.deliveries import Event, apply_waiting, dirty_chunks, forget_strangers, reports_waiting, store_events
from smscore.store.gate import Pace, Slot, give_back, open_gate, pace, recover, reserve, slow_down
from smscore.store.launching import (
    Enqueue,
    Launch,
    OnProgress,
    content_key,
    forget_old_drafts,
    ignore_progress,
    launch,
    packed,
    unpacked,
)
from smscore.store.ledger import calls_made, ledger_batches
from smscore.store.leftovers import abandon_one_time, doubt_resting, is_one_time, resting_chunks
from smscore.store.lists import (
    SavedAudience,
    Template,
    TemplateText,
    activity,
    add_opt_outs,
    add_sender,
    delete_audience,
    note,
    opt_out_count,
    opt_out_page,
    opt_outs_changed,
    opted_out,
    remove_opt_out,
    remove_sender,
    save_audience,
    save_template,
    save_templates,
    saved_audience,
    saved_audiences,
    senders,
    set_setting,
    setting,
    templates,
)
from smscore.store.migrating import migrate
from smscore.store.reading import (
    campaign,
    campaigns,
    contents,
    left_out,
    msisdns_of,
    recent_pace,
    result_batches,
    result_page,
    retries_of,
    said_meanwhile,
    same_words,
    told_since,
    under_way,
    used_senders,
)
from smscore.store.recording import CallRecord, Result, record
from smscore.store.restores import (
    LostCampaign,
    RestoreQuestion,
    active_campaigns,
    ask_about,
    close_question,
    doubt_one_time,
    doubt_restored,
    find_lost,
    keep_lost,
    last_sign,
    launch_keys,
    lost_campaigns,
    merged_spans,
    note_lost,
    open_questions,
)
from smscore.store.sending import (
    Chunk,
    Claimed,
    NextQueued,
    QueuedSpan,
    claim,
    doubt_interrupted,
    end_chunk,
    find_chunk,
    finish_if_done,
    next_queued,
    recount,
)
from smscore.store.steering import (
    RESTORED,
    Orders,
    Tally,
    cancel,
    ended_before,
    forget_trouble,
    launched,
    note_trouble,
    open_chunks,
    orders,
    pause,
    pause_after_standstill,
    put_off,
    release_canary,
    require,
    sending,
    set_canary,
    set_running,
    start_again,
    stop_watching,
    sweep_cancelled,
    tally,
    unswept,
    window_of,
    with_status,
)
from smscore.store.unknowns import DECIDED, count_unknown, decide_unknown, open_unknown
from smscore.store.workers import alone, beat, engine_seen, forget_silent, forget_worker, live_workers
