"""Session token exchange: a native app's sign-in that ends in a browser."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "token_exchanges",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("flow_id", sa.String(64), nullable=False),
        sa.Column("init_code_sha256", sa.String(64), nullable=False),
        sa.Column("return_to_code_sha256", sa.String(64), nullable=True),
        sa.Column("session_id", sa.String(64), nullable=True),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        _cascade("project_id", "projects"),
        _cascade("session_id", "sessions"),
        sa.PrimaryKeyConstraint("id", name="pk_token_exchanges"),
        sa.UniqueConstraint("init_code_sha256", name="uq_token_exchanges_init_code_sha256"),
    )
    for column in ("flow_id", "session_id", "expires_at_ms"):
        op.create_index(f"ix_token_exchanges_{column}", "token_exchanges", [column])


def downgrade() -> None:
    op.drop_table("token_exchanges")


def _cascade(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_token_exchanges_{column}", ondelete="CASCADE")
