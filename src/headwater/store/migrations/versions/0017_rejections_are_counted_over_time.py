"""Rejections are counted over time."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rejection_volume",
        sa.Column("seconds", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("began_s", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seconds", "began_s", "source_id", name=op.f("pk_rejection_volume")),
    )


def downgrade() -> None:
    op.drop_table("rejection_volume")
