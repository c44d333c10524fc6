"""Merges that can be undone, and what WeChat vouches for of a contact."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "contact_merge",
        sa.Column("id", big, nullable=False),
        sa.Column("contact_id", big, nullable=False),
        sa.Column("into_id", big, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("undone_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_merge_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["into_id"], ["contact.id"], name=op.f("fk_contact_merge_into_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merge")),
    )
    op.create_index(op.f("ix_contact_merge_contact_id"), "contact_merge", ["contact_id"])
    with op.batch_alter_table("contact") as batch:
        batch.add_column(sa.Column("union_id", sa.String(length=128), nullable=True))
        batch.add_column(sa.Column("mobile_hash", sa.String(length=64), nullable=True))
        batch.create_index(op.f("ix_contact_union_id"), ["union_id"])
        batch.create_index(op.f("ix_contact_mobile_hash"), ["mobile_hash"])


def downgrade() -> None:
    with op.batch_alter_table("contact") as batch:
        batch.drop_index(op.f("ix_contact_mobile_hash"))
        batch.drop_index(op.f("ix_contact_union_id"))
        batch.drop_column("mobile_hash")
        batch.drop_column("union_id")
    op.drop_table("contact_merge")
