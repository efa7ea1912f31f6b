"""Destinations are changed, switched off and deleted, and old events can still tell what they were then."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The defaults let the previous release's code go on inserting.
    op.add_column("destinations", sa.Column("pauses", sa.Text(), server_default="[]", nullable=False))
    op.add_column("destinations", sa.Column("deleted_at_ms", sa.BigInteger(), nullable=True))
    op.add_column("destinations", sa.Column("end_offset", sa.BigInteger(), nullable=True))
    op.add_column("destination_sources", sa.Column("since_offset", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("destination_sources", schema=None) as batch_op:
        batch_op.drop_column("since_offset")
    with op.batch_alter_table("destinations", schema=None) as batch_op:
        for column in ("end_offset", "deleted_at_ms", "pauses"):
            batch_op.drop_column(column)
