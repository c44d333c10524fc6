"""Pictures of clauses, and edits of synonyms, which belong to no document."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "clause_picture",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_picture")),
        sa.UniqueConstraint("name", name=op.f("uq_clause_picture_name")),
    )
    with op.batch_alter_table("policy_edit", schema=None) as batch_op:
        batch_op.alter_column("document_id", existing_type=_ID, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM policy_edit WHERE document_id IS NULL")
    with op.batch_alter_table("policy_edit", schema=None) as batch_op:
        batch_op.alter_column("document_id", existing_type=_ID, nullable=False)
    op.drop_table("clause_picture")
