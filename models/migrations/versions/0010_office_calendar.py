"""Office hours that admins set on the console."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "office_calendar",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("staff_id", _BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_office_calendar_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_calendar")),
    )


def downgrade() -> None:
    op.drop_table("office_calendar")
