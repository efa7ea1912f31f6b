"""Changes of an address that wait until the new one is proven."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pending_changes",
        sa.Column("verification_flow_id", sa.String(64), nullable=False),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("identity_id", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("settings_flow_id", sa.String(64), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("traits_sha256", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        _cascade("verification_flow_id", "flows"),
        _cascade("project_id", "projects"),
        _cascade("identity_id", "identities"),
        _cascade("session_id", "sessions"),
        _cascade("settings_flow_id", "flows"),
        sa.PrimaryKeyConstraint("verification_flow_id", name="pk_pending_changes"),
        sa.UniqueConstraint("identity_id", name="uq_pending_changes_identity_id"),
    )
    for column in ("session_id", "settings_flow_id"):
        op.create_index(f"ix_pending_changes_{column}", "pending_changes", [column])


def downgrade() -> None:
    op.drop_table("pending_changes")


def _cascade(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_pending_changes_{column}", ondelete="CASCADE")
