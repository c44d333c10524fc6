"""The review desk: who works at a request, its place in the list, what it is found by."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_QUEUES = {
    "ix_request_queue": ["state", "queue_at", "id"],
    "ix_request_queue_service": ["state", "service", "queue_at", "id"],
    "ix_request_queue_city": ["state", "city", "queue_at", "id"],
    "ix_request_queue_assignee": ["assignee_id", "state", "queue_at", "id"],
}


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("queue_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("assignee_id", big, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_request_assignee_id_staff"), "staff", ["assignee_id"], ["id"]
        )
    op.execute("UPDATE request SET queue_at = COALESCE(due_at, state_since)")
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.alter_column("queue_at", nullable=False)
        for name, columns in _QUEUES.items():
            batch_op.create_index(name, columns)

    op.create_table(
        "request_mark",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("request_id", big, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_request_mark_request_id_request")
        ),
        sa.PrimaryKeyConstraint("mark", "request_id", name=op.f("pk_request_mark")),
    )
    op.create_index(op.f("ix_request_mark_request_id"), "request_mark", ["request_id"])

    with op.batch_alter_table("conversation_change", schema=None) as batch_op:
        batch_op.alter_column("conversation_id", existing_type=big, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM conversation_change WHERE conversation_id IS NULL")
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("conversation_change", schema=None) as batch_op:
        batch_op.alter_column("conversation_id", existing_type=big, nullable=False)
    op.drop_table("request_mark")
    with op.batch_alter_table("request", schema=None) as batch_op:
        for name in _QUEUES:
            batch_op.drop_index(name)
        batch_op.drop_constraint(batch_op.f("fk_request_assignee_id_staff"), type_="foreignkey")
        batch_op.drop_column("assignee_id")
        batch_op.drop_column("queue_at")
