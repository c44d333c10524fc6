"""Postings: what else they say, and whether those they fit were told."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("gig_posting", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notes", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    # What was found before is no news.
    op.execute(
        "UPDATE gig_posting SET told_at = CURRENT_TIMESTAMP "
        "WHERE request_id IN (SELECT id FROM request WHERE state = 'granted')"
    )
    op.create_index(
        "ix_gig_posting_untold",
        "gig_posting",
        ["request_id"],
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_gig_posting_untold", "gig_posting")
    with op.batch_alter_table("gig_posting", schema=None) as batch_op:
        batch_op.drop_column("told_at")
        batch_op.drop_column("notes")
