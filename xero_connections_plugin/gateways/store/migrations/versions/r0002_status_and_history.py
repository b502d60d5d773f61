"""What is known of an entry beyond its definition: tests, use, source, a bin; history, notices told, late unlinking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them; what is there stays as it is."""
    for column in (
        sa.Column("sign_in_at", _TIME, nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("used_at", _TIME, nullable=True),
        sa.Column("learned_at", _TIME, nullable=True),
        sa.Column("tested_at", _TIME, nullable=True),
        sa.Column("test_passed", sa.Boolean(), nullable=True),
        sa.Column("test_text", sa.Text(), nullable=True),
        sa.Column("test_milliseconds", sa.Integer(), nullable=True),
        sa.Column("test_correlation_id", sa.Text(), nullable=True),
        sa.Column("test_transient", sa.Boolean(), nullable=True),
        sa.Column("removed_at", _TIME, nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=True),
    ):
        op.add_column("connections", column)
    for told in (
        sa.Column("running", sa.Boolean(), nullable=True),
        sa.Column("waiting", sa.Integer(), nullable=True),
        sa.Column("last_used", _TIME, nullable=True),
        sa.Column("last_result", sa.Text(), nullable=True),
        sa.Column("last_tone", sa.Text(), nullable=True),
        sa.Column("documents", sa.Integer(), nullable=True),
        sa.Column("needs", sa.JSON(), nullable=True),
    ):
        op.add_column("published_usages", told)
    op.create_table(
        "history",
        sa.Column("history_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("host_name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("history_id", name="pk_history"),
        sa.UniqueConstraint("event_id", name="uq_history_event_id"),
    )
    op.create_index("ix_history_at", "history", ["at"], unique=False)
    op.create_index("ix_history_of_connection", "history", ["connection_id", "at"], unique=False)
    op.create_table(
        "told_notices",
        sa.Column("host_id", sa.String(length=128), nullable=False),
        sa.Column("notice_id", sa.String(length=256), nullable=False),
        sa.Column("told_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("host_id", "notice_id", name="pk_told_notices"),
    )
    op.create_table(
        "late_unlinks",
        sa.Column("unlink_id", sa.String(length=64), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("tenant_name", sa.Text(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("unlink_id", name="pk_late_unlinks"),
    )
    op.create_index("ix_late_unlinks_grant_id", "late_unlinks", ["grant_id"], unique=False)
    op.create_index("ix_grants_state", "grants", ["state"], unique=False)
