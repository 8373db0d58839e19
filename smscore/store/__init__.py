"""The store: every campaign, recipient, call and report, on SQLite or PostgreSQL. SQL is written here only.

Read `tables` first, then `sending` (why nobody is texted twice), `recording`, `unknowns`, `launching`,
`campaign_status`, `deliveries`, `queries`.
"""

from sqlalchemy import Connection

from smscore.store.campaign_orders import (
    Orders,
    Tally,
    find_campaigns_ended_before,
    find_campaigns_with_status,
    find_launched,
    find_sending_campaigns,
    get_window,
    read_orders,
    read_tally,
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
    decide_canary,
    find_waiting_canaries,
    judge_canary,
    judge_sent_canary,
    release_canary,
    set_canary,
)
from smscore.store.chunks import (
    Chunk,
    ChunkRange,
    end_chunk,
    find_chunk,
    finish_if_done,
    list_dirty_chunks,
    list_open_chunks,
    list_unswept_chunks,
    recount,
    sweep_cancelled,
)
from smscore.store.database import Database, get_sqlite_file, is_sqlite, migrate, normalise_url
from smscore.store.deliveries import Event, apply_waiting, delete_strangers, has_waiting_reports, store_events
from smscore.store.desk_row import (
    DeskState,
    begin_timeline,
    count_claims,
    count_heartbeat,
    delete_stale_workers,
    delete_worker,
    heartbeat,
    is_engine_alive,
    list_live_workers,
    name_desk,
    note_gone,
    read_desk_state,
    read_place,
    sign_desk,
    try_task_lock,
)
from smscore.store.dlt_templates import Template, TemplateText, list_templates, save_template, save_templates
from smscore.store.draft_rows import Launch, compute_content_key, pack_table, unpack_table
from smscore.store.launching import Enqueue, OnProgress, delete_old_drafts, ignore_progress, launch
from smscore.store.ledger import count_calls, read_ledger
from smscore.store.lists import (
    SavedAudience,
    add_opt_outs,
    add_sender,
    count_opt_outs,
    delete_audience,
    list_saved_audiences,
    list_senders,
    read_activity,
    read_opt_out_page,
    read_opt_out_revision,
    read_opted_out,
    read_saved_audience,
    read_setting,
    record_activity,
    remove_opt_out,
    remove_sender,
    save_audience,
    set_setting,
)
from smscore.store.queries import (
    find_campaigns_with_content,
    find_concurrent_launch,
    find_messaged,
    find_retries,
    get_campaign,
    list_campaigns,
    list_under_way,
    list_used_senders,
    measure_pace,
    read_contents,
    read_msisdns,
    search_campaigns,
)
from smscore.store.rate_limit import (
    AccountRate,
    Slot,
    give_back_slot,
    read_account_rate,
    recover_rate,
    reserve_slot,
    set_rate,
    slow_down,
)
from smscore.store.recording import CallRecord, Result, record
from smscore.store.restores import (
    LostCampaign,
    RestoreQuestion,
    ask_about,
    close_question,
    doubt_one_time,
    doubt_restored,
    find_last_sign,
    find_lost,
    keep_lost,
    list_active_campaigns,
    list_lost_campaigns,
    list_open_questions,
    merge_spans,
    note_lost,
    read_launch_keys,
)
from smscore.store.result_rows import count_results, read_left_out, read_result_batches, read_result_page
from smscore.store.sending import Claimed, NextQueued, QueuedSpan, claim, find_next_queued
from smscore.store.unknowns import (
    DECIDED,
    abandon_one_time,
    count_unknown,
    decide_unknown,
    doubt_interrupted,
    doubt_stale_calls,
    find_open_unknown,
    find_stale_chunks,
    is_one_time,
)
