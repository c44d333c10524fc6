"""Pictures sent in WeChat for a request that was submitted already."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("received_media", schema=None) as batch_op:
        batch_op.add_column(sa.Column("request_id", _BIG, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("received_media", schema=None) as batch_op:
        batch_op.drop_column("request_id")
