"""What people sent in WeChat becomes materials; notices they have allowed are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = sa.Enum(
    "waiting", "kept", "refused", "gone", name="mediastate", native_enum=False, length=24
)


def upgrade() -> None:
    op.create_table(
        "notice_grant",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent_on_id", _ID, nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_notice_grant_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["spent_on_id"], ["message.id"], name=op.f("fk_notice_grant_spent_on_id_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_grant")),
    )
    op.create_index("ix_notice_grant_whose", "notice_grant", ["contact_id", "template_id"])
    # Nobody fetched these, and WeChat keeps them for three days only.
    op.execute("DELETE FROM received_media")
    with op.batch_alter_table("received_media") as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=48), nullable=False))
        batch_op.add_column(sa.Column("state", _STATES, nullable=False))
        batch_op.add_column(sa.Column("attempts", sa.Integer(), nullable=False))
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=False))
        batch_op.add_column(sa.Column("error", sa.String(length=100), nullable=True))
        batch_op.create_index("ix_received_media_due", ["state", "due_at"])


def downgrade() -> None:
    with op.batch_alter_table("received_media") as batch_op:
        batch_op.drop_index("ix_received_media_due")
        for name in ("error", "due_at", "attempts", "state", "name"):
            batch_op.drop_column(name)
    op.drop_index("ix_notice_grant_whose", table_name="notice_grant")
    op.drop_table("notice_grant")
