"""A person's own pictures in a talk: sent by nobody of the staff."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.alter_column("staff_id", existing_type=_BIG, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM attachment WHERE staff_id IS NULL")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.alter_column("staff_id", existing_type=_BIG, nullable=False)
