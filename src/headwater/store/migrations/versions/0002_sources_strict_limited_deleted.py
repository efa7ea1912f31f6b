"""Sources may be strict, limited in rate, and deleted while their events stay."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default lets the previous release's code go on inserting sources.
    op.add_column("sources", sa.Column("strict", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sources", sa.Column("rate_limit", sa.Integer(), nullable=True))
    op.add_column("sources", sa.Column("deleted_at_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_column("deleted_at_ms")
        batch_op.drop_column("rate_limit")
        batch_op.drop_column("strict")
