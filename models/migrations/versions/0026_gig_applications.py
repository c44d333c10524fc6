"""Who applies for gig work, and how many of a posting's places are taken."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACTIVE = sa.text("state IN ('applied', 'accepted')")


def upgrade() -> None:
    with op.batch_alter_table("gig_posting", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("gig_posting", schema=None) as batch_op:
        batch_op.alter_column("taken", existing_type=sa.Integer(), server_default=None)
    op.create_table(
        "gig_application",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("posting_id", _BIG, nullable=False),
        sa.Column("contact_id", _BIG, nullable=False),
        sa.Column("consent_id", _BIG, nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["posting_id"],
            ["gig_posting.request_id"],
            name="fk_gig_application_posting_id_gig_posting",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name="fk_gig_application_contact_id_contact"
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name="fk_gig_application_consent_id_consent"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_gig_application"),
        sa.UniqueConstraint("number", name="uq_gig_application_number"),
    )
    op.create_index("ix_gig_application_contact_id", "gig_application", ["contact_id"])
    op.create_index("ix_gig_application_posting_state", "gig_application", ["posting_id", "state"])
    op.create_index(
        "uq_gig_application_active",
        "gig_application",
        ["posting_id", "contact_id"],
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )


def downgrade() -> None:
    op.drop_table("gig_application")
    with op.batch_alter_table("gig_posting", schema=None) as batch_op:
        batch_op.drop_column("taken")
