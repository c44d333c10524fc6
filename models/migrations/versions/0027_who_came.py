"""Who came to a session, and a mentor's short log of a meeting."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.add_column(sa.Column("came", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("log", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("log_staff_id", _BIG, nullable=True))
        batch_op.add_column(sa.Column("logged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key("fk_seat_log_staff_id_staff", "staff", ["log_staff_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_constraint("fk_seat_log_staff_id_staff", type_="foreignkey")
        batch_op.drop_column("logged_at")
        batch_op.drop_column("log_staff_id")
        batch_op.drop_column("log")
        batch_op.drop_column("came")
