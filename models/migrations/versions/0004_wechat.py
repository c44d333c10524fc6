"""WeChat: rich pieces and their receipts, received media, forced tokens, touches, its own desk."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "received_media",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("media_id", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_received_media_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_received_media_message_id_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_media")),
        sa.UniqueConstraint("message_id", name=op.f("uq_received_media_message_id")),
    )
    op.create_index(op.f("ix_received_media_contact_id"), "received_media", ["contact_id"])
    with op.batch_alter_table("access_token") as table:
        table.add_column(
            sa.Column("is_refused", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        table.add_column(sa.Column("forced_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("last_touch_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("kf_account", sa.String(length=64), nullable=True))
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("content", sa.JSON(), nullable=True))
        table.add_column(sa.Column("receipt", sa.String(length=64), nullable=True))
        table.add_column(
            sa.Column(
                "sent_with_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
            )
        )
        table.create_foreign_key(
            op.f("fk_delivery_sent_with_id_delivery"), "delivery", ["sent_with_id"], ["id"]
        )
        table.create_index(op.f("ix_delivery_receipt"), ["receipt"])


def downgrade() -> None:
    with op.batch_alter_table("delivery") as table:
        table.drop_index(op.f("ix_delivery_receipt"))
        table.drop_constraint(op.f("fk_delivery_sent_with_id_delivery"), type_="foreignkey")
        for name in ("sent_with_id", "receipt", "content"):
            table.drop_column(name)
    with op.batch_alter_table("conversation") as table:
        for name in ("kf_account", "last_touch_at"):
            table.drop_column(name)
    with op.batch_alter_table("access_token") as table:
        for name in ("forced_at", "is_refused"):
            table.drop_column(name)
    op.drop_table("received_media")
