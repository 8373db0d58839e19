"""The store: every campaign, recipient, call and report, on SQLite or PostgreSQL. SQL is written here only.

Read `tables` first, then `sending` (why nobody is texted twice), `recording`, `unknowns`, `launching`,
`campaign_status`, `deliveries`, `queries`.
"""

from sqlalchemy import Connection

from smscore.store.campaign_orders import (
    Orders,
    Tally,
    campaigns_ended_before,
    campaigns_with_status,
    find_launched,
    orders,
    sending_campaigns,
    tally,
    window_of,
)
from smscore.store.campaign_status import (
    RESTORED,
    cancel,
    clear_trouble,
    count_trouble,
    must_allow,
    pause,
    pause_after_standstill,
    put_off,
    set_running,
    start_again,
    stop_watching,
)
from smscore.store.canaries import (
    canaries_waiting,
    decide_canary,
    judge_canary,
    judge_sent_canary,
    release_canary,
    set_canary,
)
from smscore.store.chunks import (
    Chunk,
    ChunkRange,
    dirty_chunks,
    end_chunk,
    find_chunk,
    finish_if_done,
    open_chunks,
    recount,
    sweep_cancelled,
    unswept_chunks,
)
from smscore.store.database import Database, is_sqlite, migrate, normal_url, sqlite_file
from smscore.store.deliveries import Event, apply_waiting, delete_strangers, reports_waiting, store_events
from smscore.store.desk_row import (
    DeskState,
    actual_place,
    begin_timeline,
    count_claims,
    count_heartbeat,
    delete_stale_workers,
    delete_worker,
    desk_state,
    engine_seen,
    heartbeat,
    live_workers,
    name_desk,
    note_gone,
    sign_desk,
    try_task_lock,
)
from smscore.store.dlt_templates import Template, TemplateText, save_template, save_templates, templates
from smscore.store.launching import (
    Enqueue,
    Launch,
    OnProgress,
    content_key,
    delete_old_drafts,
    ignore_progress,
    launch,
    pack_table,
    unpack_table,
)
from smscore.store.ledger import calls_made, ledger_batches
from smscore.store.lists import (
    SavedAudience,
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
    saved_audience,
    saved_audiences,
    senders,
    set_setting,
    setting,
)
from smscore.store.queries import (
    already_messaged,
    campaign,
    campaigns,
    campaigns_with_content,
    contents,
    launched_concurrently,
    msisdns_of,
    recent_pace,
    retries_of,
    search_campaigns,
    under_way,
    used_senders,
)
from smscore.store.rate_limit import (
    AccountRate,
    Slot,
    account_rate,
    give_back_slot,
    recover_rate,
    reserve_slot,
    set_rate,
    slow_down,
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
    merge_spans,
    note_lost,
    open_questions,
)
from smscore.store.result_rows import left_out, result_batches, result_page
from smscore.store.sending import Claimed, NextQueued, QueuedSpan, claim, next_queued
from smscore.store.unknowns import (
    DECIDED,
    abandon_one_time,
    count_unknown,
    decide_unknown,
    doubt_interrupted,
    doubt_stale_calls,
    is_one_time,
    open_unknown,
    stale_chunks,
)
