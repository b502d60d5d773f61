"""Which tables does the store have? Imports SQLAlchemy, so it is itself imported on first use only.

Migrations create them; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Dialect

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UtcTime(sa.TypeDecorator[datetime]):
    """Aware datetimes in UTC; databases without zones hold them without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """A time that is none reads as long ago: one damaged row must not cost the whole list."""
        read = self.impl_instance.result_processor(dialect, coltype)

        def in_utc(value: Any) -> datetime | None:
            if value is None:
                return None
            try:
                found = value if read is None else read(value)
            except (TypeError, ValueError):
                return LONG_AGO
            if not isinstance(found, datetime):
                return LONG_AGO
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)

        # One call for each of the thousands of times in a list, most of which are empty. To read a zone along with
        # the text takes a fifth of the time of giving it one afterwards.
        def text_in_utc(value: Any) -> datetime | None:
            if value is None:
                return None
            try:
                found = datetime.fromisoformat(f"{value}+00:00")
            except ValueError:
                return in_utc(value)
            return found if found.tzinfo is UTC else in_utc(value)

        return text_in_utc if dialect.name == "sqlite" else in_utc

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are aware")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc


metadata: Final = sa.MetaData(naming_convention=NAMING)

installation: Final = sa.Table(
    "installation",
    metadata,
    sa.Column("installation_id", sa.String(64), primary_key=True),
    # Counts tests of writing: SQLite does not touch the disk for a value that stays the same.
    sa.Column("write_tests", sa.Integer, nullable=False),
)
"""One row: the id that names the keychain's item, and what a test of writing touches."""

connections: Final = sa.Table(
    "connections",
    metadata,
    sa.Column("connection_id", sa.String(64), primary_key=True),
    sa.Column("type_id", sa.Text, nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    # Empty once the removal has begun, so that the name is free again.
    sa.Column("name_key", sa.Text, nullable=True, unique=True),
    sa.Column("subtitle", sa.Text, nullable=False),
    # Both without regard to case and normalization, for sorting and searching.
    sa.Column("name_sort", sa.Text, nullable=False),
    sa.Column("subtitle_sort", sa.Text, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("sign_in", sa.Text, nullable=True, index=True),
    # When somebody had signed in to it, as the save found it.
    sa.Column("sign_in_at", UtcTime, nullable=True),
    sa.Column("sealed", sa.LargeBinary, nullable=True),
    sa.Column("sealed_key_id", sa.String(64), nullable=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("condition_status", sa.Text, nullable=True),
    sa.Column("condition_cause", sa.Text, nullable=True),
    sa.Column("condition_since", UtcTime, nullable=True),
    sa.Column("removing", sa.Boolean(create_constraint=False), nullable=False),
    # Where the entry is configured instead of here.
    sa.Column("source", sa.Text, nullable=True),
    sa.Column("used_at", UtcTime, nullable=True),
    # When something was found out about what the entry reaches; a save is told by changed_at.
    sa.Column("learned_at", UtcTime, nullable=True),
    sa.Column("tested_at", UtcTime, nullable=True),
    sa.Column("test_passed", sa.Boolean(create_constraint=False), nullable=True),
    sa.Column("test_text", sa.Text, nullable=True),
    sa.Column("test_milliseconds", sa.Integer, nullable=True),
    sa.Column("test_correlation_id", sa.Text, nullable=True),
    sa.Column("test_transient", sa.Boolean(create_constraint=False), nullable=True),
    # Filled in while a removed entry can still be taken back.
    sa.Column("removed_at", UtcTime, nullable=True),
    sa.Column("removed_by", sa.Text, nullable=True),
    # What is still to be done at the other side with a removed entry, as choice ids; nothing once its provider knows.
    sa.Column("removal_choices", sa.JSON(none_as_null=True), nullable=True),
    sa.Index("ix_connections_by_name", "removing", "name_sort", "connection_id"),
    sa.Index("ix_connections_by_subtitle", "removing", "subtitle_sort", "connection_id"),
)

grants: Final = sa.Table(
    "grants",
    metadata,
    sa.Column("grant_id", sa.String(64), primary_key=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("cause", sa.Text, nullable=True),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("key_id", sa.String(64), nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("authorized_at", UtcTime, nullable=False),
    sa.Column("refreshed_at", UtcTime, nullable=False),
    sa.Column("access_expires_at", UtcTime, nullable=False),
    # Only of a grant that is to end.
    sa.Column("ending_since", UtcTime, nullable=True),
    sa.Column("predecessor_sealed", sa.LargeBinary, nullable=True),
    sa.Column("predecessor_key_id", sa.String(64), nullable=True),
    sa.Column("predecessor_generation", sa.Integer, nullable=True),
    sa.Column("predecessor_presented_at", UtcTime, nullable=True),
    sa.Column("intent_place", sa.Text, nullable=True, index=True),
    sa.Column("intent_generation", sa.Integer, nullable=True),
    sa.Column("intent_candidate_id", sa.String(64), nullable=True),
    sa.Column("intent_presented_at", UtcTime, nullable=True),
    sa.Column("intent_fencing", sa.Integer, nullable=True),
    sa.UniqueConstraint("client_id", "user_id"),
)

candidates: Final = sa.Table(
    "candidates",
    metadata,
    sa.Column("candidate_id", sa.String(64), primary_key=True),
    # No foreign key: an answer is kept whatever happened to the row meanwhile; forgetting a grant wipes both.
    sa.Column("grant_id", sa.String(64), nullable=False, index=True),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("fencing", sa.Integer, nullable=False),
)

leases: Final = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=True),
    sa.Column("machine", sa.Text, nullable=True),
    sa.Column("until", UtcTime, nullable=True),
    sa.Column("fencing", sa.Integer, nullable=False),
)

data_keys: Final = sa.Table(
    "data_keys",
    metadata,
    sa.Column("key_id", sa.String(64), primary_key=True),
    sa.Column("check_value", sa.String(64), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("registered_at", UtcTime, nullable=False),
)

published_usages: Final = sa.Table(
    "published_usages",
    metadata,
    sa.Column("host_id", sa.String(128), primary_key=True),
    sa.Column("usage_id", sa.String(256), primary_key=True),
    sa.Column("host_name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("subject_label", sa.Text, nullable=False),
    sa.Column("profile", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("running", sa.Boolean(create_constraint=False), nullable=True),
    sa.Column("waiting", sa.Integer, nullable=True),
    sa.Column("last_used", UtcTime, nullable=True),
    sa.Column("last_result", sa.Text, nullable=True),
    sa.Column("last_tone", sa.Text, nullable=True),
    sa.Column("documents", sa.Integer, nullable=True),
    sa.Column("needs", sa.JSON, nullable=True),
    sa.Index("ix_published_usages_subject", "kind", "subject_id"),
)

history: Final = sa.Table(
    "history",
    metadata,
    sa.Column("history_id", sa.Integer, primary_key=True, autoincrement=True),
    # The same event, handed in again after a commit that nobody heard of, is kept once.
    sa.Column("event_id", sa.String(64), nullable=False, unique=True),
    sa.Column("at", UtcTime, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("connection_id", sa.String(64), nullable=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("host_name", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("passed", sa.Boolean(create_constraint=False), nullable=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("ix_history_of_connection", "connection_id", "at"),
)

told_notices: Final = sa.Table(
    "told_notices",
    metadata,
    sa.Column("host_id", sa.String(128), primary_key=True),
    sa.Column("notice_id", sa.String(256), primary_key=True),
    sa.Column("told_at", UtcTime, nullable=False),
)
"""What a host was told without asking: each event once."""

late_unlinks: Final = sa.Table(
    "late_unlinks",
    metadata,
    sa.Column("unlink_id", sa.String(64), primary_key=True),
    sa.Column("grant_id", sa.String(64), nullable=False, index=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("tenant_name", sa.Text, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
)
"""Tenants to unlink as soon as Xero can be reached."""
