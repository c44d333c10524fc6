"""Rasa keeps no trackers any more, so there are none to forget."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("tracker_to_forget")


def downgrade() -> None:
    op.create_table(
        "tracker_to_forget",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tracker_to_forget")),
    )
