"""Every self-service flow: sent codes, errors of browsers, mail; and one person per address."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Earlier releases let two people have one address, which then proved neither: the first keeps it. The traits
# still show it for both.
DROP_LATER_CLAIMS = """
DELETE FROM addresses WHERE EXISTS (
    SELECT 1 FROM addresses AS earlier
    WHERE earlier.project_id = addresses.project_id AND earlier.purpose = addresses.purpose
      AND earlier.via = addresses.via AND earlier.value = addresses.value
      AND (earlier.created_at_ms < addresses.created_at_ms
           OR (earlier.created_at_ms = addresses.created_at_ms AND earlier.id < addresses.id))
)
"""
FILL_IN_PROJECTS = """
UPDATE addresses SET project_id = (SELECT project_id FROM identities WHERE identities.id = addresses.identity_id)
"""


def upgrade() -> None:
    op.add_column("addresses", sa.Column("project_id", sa.String(64), server_default="", nullable=False))
    op.execute(FILL_IN_PROJECTS)
    op.execute(DROP_LATER_CLAIMS)
    op.create_index("ix_addresses_place", "addresses", ["project_id", "purpose", "via", "value"], unique=True)
    op.add_column("flows", sa.Column("submissions", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_sessions_expires_at_ms", "sessions", ["expires_at_ms"])
    op.create_index("ix_sessions_newest", "sessions", ["project_id", "issued_at_ms", "id"])
    _create_challenges()
    _create_errors()
    _create_courier()


def downgrade() -> None:
    for table in ("courier_dispatches", "courier_messages", "flow_errors", "challenges"):
        op.drop_table(table)
    op.drop_index("ix_sessions_newest", "sessions")
    op.drop_index("ix_sessions_expires_at_ms", "sessions")
    op.drop_index("ix_addresses_place", "addresses")
    with op.batch_alter_table("flows", schema=None) as batch_op:
        batch_op.drop_column("submissions")
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.drop_column("project_id")


def _create_challenges() -> None:
    op.create_table(
        "challenges",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("flow_id", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("identity_id", sa.String(64), nullable=True),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=True),
        _cascade("challenges", "identity_id", "identities"),
        _cascade("challenges", "project_id", "projects"),
        sa.PrimaryKeyConstraint("id", name="pk_challenges"),
    )
    for column in ("flow_id", "secret_sha256", "identity_id", "expires_at_ms"):
        op.create_index(f"ix_challenges_{column}", "challenges", [column])


def _create_errors() -> None:
    op.create_table(
        "flow_errors",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        _cascade("flow_errors", "project_id", "projects"),
        sa.PrimaryKeyConstraint("id", name="pk_flow_errors"),
    )
    op.create_index("ix_flow_errors_created_at_ms", "flow_errors", ["created_at_ms"])


def _create_courier() -> None:
    op.create_table(
        "courier_messages",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("template_type", sa.String(64), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("send_count", sa.Integer(), nullable=False),
        sa.Column("next_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger(), nullable=False),
        _cascade("courier_messages", "project_id", "projects"),
        sa.PrimaryKeyConstraint("id", name="pk_courier_messages"),
    )
    op.create_index("ix_courier_messages_newest", "courier_messages", ["project_id", "created_at_ms", "id"])
    op.create_index("ix_courier_messages_due", "courier_messages", ["status", "next_at_ms"])
    op.create_index("ix_courier_messages_recipient", "courier_messages", ["project_id", "recipient", "created_at_ms"])
    op.create_table(
        "courier_dispatches",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        _cascade("courier_dispatches", "message_id", "courier_messages"),
        sa.PrimaryKeyConstraint("id", name="pk_courier_dispatches"),
    )
    op.create_index("ix_courier_dispatches_message_id", "courier_dispatches", ["message_id"])


def _cascade(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")
