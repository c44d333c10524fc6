"""Requests with their steps, and gig postings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("intake", sa.String(length=24), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=True),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "consent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("city", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=True),
        sa.Column("returned_field", sa.String(length=64), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duplicate_key", sa.String(length=64), nullable=True),
        sa.Column("query_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name=op.f("fk_request_consent_id_consent")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_request_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sa.UniqueConstraint("duplicate_key", name=op.f("uq_request_duplicate_key")),
        sa.UniqueConstraint("number", name=op.f("uq_request_number")),
        sa.UniqueConstraint("query_hash", name=op.f("uq_request_query_hash")),
    )
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_city"), ["city"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_request_due", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_intake"), ["intake"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_service"), ["service"], unique=False)

    op.create_table(
        "gig_posting",
        sa.Column(
            "request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("city", sa.String(length=16), nullable=False),
        sa.Column("district", sa.String(length=32), nullable=True),
        sa.Column("work_kinds", sa.JSON(), nullable=False),
        sa.Column("pay", sa.String(length=100), nullable=False),
        sa.Column("when", sa.String(length=200), nullable=False),
        sa.Column("how_many", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_gig_posting_request_id_request")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_gig_posting")),
    )
    with op.batch_alter_table("gig_posting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gig_posting_city"), ["city"], unique=False)

    op.create_table(
        "request_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("actor", sa.String(24), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("field", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_event_request_id_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_event")),
    )
    with op.batch_alter_table("request_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_request_event_request_id"), ["request_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("request_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_event_request_id"))

    op.drop_table("request_event")
    with op.batch_alter_table("gig_posting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gig_posting_city"))

    op.drop_table("gig_posting")
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_service"))
        batch_op.drop_index(batch_op.f("ix_request_intake"))
        batch_op.drop_index("ix_request_due")
        batch_op.drop_index(batch_op.f("ix_request_contact_id"))
        batch_op.drop_index(batch_op.f("ix_request_city"))

    op.drop_table("request")
