"""What was chosen with a deletion, kept with the deletion itself; since when a sign-in waits to be revoked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; what is there stays as it is."""
    op.add_column("connections", sa.Column("removal_choices", sa.JSON(), nullable=True))
    op.add_column("grants", sa.Column("ending_since", sa.DateTime(timezone=True), nullable=True))
