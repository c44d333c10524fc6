"""Messages that were not understood, kept for review."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "unclear_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("guess", sa.String(length=64), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_unclear_message_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unclear_message")),
        sa.UniqueConstraint(
            "contact_id", "text_hash", name=op.f("uq_unclear_message_contact_id_text_hash")
        ),
    )
    with op.batch_alter_table("unclear_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unclear_message_state"), ["state"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("unclear_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unclear_message_state"))

    op.drop_table("unclear_message")
