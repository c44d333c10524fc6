"""What people ask of their own data: links to their page, passing values, trackers to forget."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "own_page_link",
        sa.Column("id", big, nullable=False),
        sa.Column("contact_id", big, nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("opened_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_own_page_link_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_page_link")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_own_page_link_secret_hash")),
    )
    op.create_index(op.f("ix_own_page_link_contact_id"), "own_page_link", ["contact_id"])
    op.create_table(
        "passing_value",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passing_value")),
    )
    op.create_index(op.f("ix_passing_value_created_at"), "passing_value", ["created_at"])
    op.create_table(
        "tracker_to_forget",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tracker_to_forget")),
    )


def downgrade() -> None:
    op.drop_table("tracker_to_forget")
    op.drop_table("passing_value")
    op.drop_table("own_page_link")
