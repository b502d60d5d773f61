"""The first tables: connections, grants with their candidates, leases, data keys, published usages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "candidates",
        sa.Column("candidate_id", sa.String(length=64), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("fencing", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", name="pk_candidates"),
    )
    op.create_index("ix_candidates_grant_id", "candidates", ["grant_id"], unique=False)
    op.create_table(
        "connections",
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("type_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=True),
        sa.Column("subtitle", sa.Text(), nullable=False),
        sa.Column("name_sort", sa.Text(), nullable=False),
        sa.Column("subtitle_sort", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("sign_in", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_key_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("condition_status", sa.Text(), nullable=True),
        sa.Column("condition_cause", sa.Text(), nullable=True),
        sa.Column("condition_since", _TIME, nullable=True),
        sa.Column("removing", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", name="pk_connections"),
        sa.UniqueConstraint("name_key", name="uq_connections_name_key"),
    )
    op.create_index("ix_connections_by_name", "connections", ["removing", "name_sort", "connection_id"], unique=False)
    op.create_index(
        "ix_connections_by_subtitle", "connections", ["removing", "subtitle_sort", "connection_id"], unique=False
    )
    op.create_index("ix_connections_sign_in", "connections", ["sign_in"], unique=False)
    op.create_table(
        "data_keys",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("check_value", sa.String(length=64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("registered_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_data_keys"),
    )
    op.create_table(
        "grants",
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("authorized_at", _TIME, nullable=False),
        sa.Column("refreshed_at", _TIME, nullable=False),
        sa.Column("access_expires_at", _TIME, nullable=False),
        sa.Column("predecessor_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("predecessor_key_id", sa.String(length=64), nullable=True),
        sa.Column("predecessor_generation", sa.Integer(), nullable=True),
        sa.Column("predecessor_presented_at", _TIME, nullable=True),
        sa.Column("intent_place", sa.Text(), nullable=True),
        sa.Column("intent_generation", sa.Integer(), nullable=True),
        sa.Column("intent_candidate_id", sa.String(length=64), nullable=True),
        sa.Column("intent_presented_at", _TIME, nullable=True),
        sa.Column("intent_fencing", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("grant_id", name="pk_grants"),
        sa.UniqueConstraint("client_id", "user_id", name="uq_grants_client_id_user_id"),
    )
    op.create_index("ix_grants_intent_place", "grants", ["intent_place"], unique=False)
    op.create_index("ix_grants_key_id", "grants", ["key_id"], unique=False)
    op.create_table(
        "installation",
        sa.Column("installation_id", sa.String(length=64), nullable=False),
        sa.Column("write_tests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", name="pk_installation"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("machine", sa.Text(), nullable=True),
        sa.Column("until", _TIME, nullable=True),
        sa.Column("fencing", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "published_usages",
        sa.Column("host_id", sa.String(length=128), nullable=False),
        sa.Column("usage_id", sa.String(length=256), nullable=False),
        sa.Column("host_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("subject_label", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("host_id", "usage_id", name="pk_published_usages"),
    )
    op.create_index("ix_published_usages_subject", "published_usages", ["kind", "subject_id"], unique=False)
