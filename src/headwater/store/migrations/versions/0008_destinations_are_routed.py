"""Destinations have a routing: mode, order, mappings, filters and pace."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default lets the previous release's code go on inserting.
    op.add_column("destinations", sa.Column("routing", sa.Text(), server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("destinations", schema=None) as batch_op:
        batch_op.drop_column("routing")
