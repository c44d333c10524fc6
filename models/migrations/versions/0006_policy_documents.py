"""Policy documents: audience, versions, leads; synonyms, edits, gaps, feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "synonym",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("says", sa.String(length=50), nullable=False),
        sa.Column("means", sa.String(length=200), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym")),
        sa.UniqueConstraint("says", name=op.f("uq_synonym_says")),
    )
    op.create_table(
        "policy_edit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("clause_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("field", sa.String(length=24), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("now", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["policy_clause.id"],
            name=op.f("fk_policy_edit_clause_id_policy_clause"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["policy_document.id"],
            name=op.f("fk_policy_edit_document_id_policy_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_edit")),
    )
    with op.batch_alter_table("policy_edit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_policy_edit_document_id"), ["document_id"], unique=False
        )

    op.create_table(
        "answer_feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "clause_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["policy_clause.id"],
            name=op.f("fk_answer_feedback_clause_id_policy_clause"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_answer_feedback_message_id_message"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_feedback")),
        sa.UniqueConstraint("message_id", name=op.f("uq_answer_feedback_message_id")),
    )
    with op.batch_alter_table("answer_feedback", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_answer_feedback_clause_id"), ["clause_id"], unique=False
        )

    op.create_table(
        "knowledge_gap",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.String(length=50), nullable=True),
        sa.Column("clause_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["policy_clause.id"],
            name=op.f("fk_knowledge_gap_answered_by_id_policy_clause"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["policy_clause.id"],
            name=op.f("fk_knowledge_gap_clause_id_policy_clause"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_knowledge_gap_message_id_message"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_gap")),
        sa.UniqueConstraint("message_id", name=op.f("uq_knowledge_gap_message_id")),
    )
    with op.batch_alter_table("knowledge_gap", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_knowledge_gap_created_at"), ["created_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_knowledge_gap_outcome"), ["outcome"], unique=False)

    with op.batch_alter_table("policy_clause", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lead", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("picture", sa.String(length=500), nullable=True))

    with op.batch_alter_table("policy_document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("audience", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(
            sa.Column(
                "replaced_by_id",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column("changed_in", sa.Integer(), nullable=False, server_default="0")
        )


def downgrade() -> None:
    with op.batch_alter_table("policy_document", schema=None) as batch_op:
        batch_op.drop_column("changed_in")
        batch_op.drop_column("replaced_by_id")
        batch_op.drop_column("audience")
        batch_op.drop_column("valid_from")

    with op.batch_alter_table("policy_clause", schema=None) as batch_op:
        batch_op.drop_column("picture")
        batch_op.drop_column("lead")

    with op.batch_alter_table("knowledge_gap", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_knowledge_gap_outcome"))
        batch_op.drop_index(batch_op.f("ix_knowledge_gap_created_at"))

    op.drop_table("knowledge_gap")
    with op.batch_alter_table("answer_feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_feedback_clause_id"))

    op.drop_table("answer_feedback")
    with op.batch_alter_table("policy_edit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_policy_edit_document_id"))

    op.drop_table("policy_edit")
    op.drop_table("synonym")
