"""Scores of quality samples, and the clauses canned replies rest on."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "quality_review",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("handoff_id", _BIG, nullable=False),
        sa.Column("reviewer_id", _BIG, nullable=False),
        sa.Column("accuracy", sa.Integer(), nullable=False),
        sa.Column("kindness", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["handoff_id"], ["handoff.id"], name=op.f("fk_quality_review_handoff_id_handoff")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["staff.id"], name=op.f("fk_quality_review_reviewer_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_review")),
        sa.UniqueConstraint("handoff_id", name=op.f("uq_quality_review_handoff_id")),
    )
    with op.batch_alter_table("canned_reply", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clause_id", _BIG, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("canned_reply", schema=None) as batch_op:
        batch_op.drop_column("clause_id")
    op.drop_table("quality_review")
