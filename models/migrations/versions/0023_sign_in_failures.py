"""A failed sign-in is one row, so that a reset finds all of a name. Rows count for 15 minutes."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _replace_by("name_hash", "address_hash")
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        for column in ("name_hash", "address_hash"):
            batch_op.create_index(f"ix_sign_in_failure_{column}", [column], unique=False)


def downgrade() -> None:
    _replace_by("key")
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_failure_key_at", ["key", "failed_at"], unique=False)


def _replace_by(*hashes: str) -> None:
    op.drop_table("sign_in_failure")
    op.create_table(
        "sign_in_failure",
        sa.Column("id", _BIG, nullable=False),
        *(sa.Column(column, sa.String(length=64), nullable=False) for column in hashes),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
