"""What tells that a database is older than what was sent from it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the desk's own row, the questions after a restore, and the campaigns that a restore has lost."""
    _create_desk_state()
    _create_restore_question()
    _create_lost_campaign()


def _create_desk_state() -> None:
    op.create_table(
        "desk_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("desk_id", sa.Text(), server_default="", nullable=False),
        sa.Column("timeline", sa.Integer(), server_default="0", nullable=False),
        sa.Column("timeline_key", sa.Text(), server_default="", nullable=False),
        sa.Column("claimed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("beats", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=True),
        sa.Column("journal_id", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("gone", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute("INSERT INTO desk_state (id, claimed) SELECT 1, COALESCE(SUM(attempts), 0) FROM recipient")


def _create_restore_question() -> None:
    op.create_table(
        "restore_question",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.Column("restored_from", sa.Float(), nullable=True),
        sa.Column("exact", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("spans", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_id"),
    )


def _create_lost_campaign() -> None:
    op.create_table(
        "lost_campaign",
        sa.Column("launch_hash", sa.Text(), nullable=False),
        sa.Column("words_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.Float(), nullable=False),
        sa.Column("last_at", sa.Float(), nullable=False),
        sa.Column("noted", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("launch_hash"),
    )
