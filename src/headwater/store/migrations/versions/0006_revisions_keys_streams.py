"""Projects keep their revisions, keys may expire and are known after they were revoked, projects have event streams."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String(64)
OLD_KEY_ID = "key_%"


def upgrade() -> None:
    # The defaults let the previous release's code go on inserting.
    op.add_column("projects", sa.Column("home_region", sa.String(32), server_default="global", nullable=False))
    op.add_column("keys", sa.Column("expires_at_ms", sa.BigInteger(), nullable=True))
    op.add_column("keys", sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True))
    op.create_table(
        "revisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_revisions_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_revisions_project_id_number")),
    )
    op.create_table(
        "event_streams",
        sa.Column("destination_id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destinations.id"], name=op.f("fk_event_streams_destination_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_event_streams_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("destination_id", name=op.f("pk_event_streams")),
    )
    op.create_index(op.f("ix_event_streams_project_id"), "event_streams", ["project_id"])
    _first_revisions()
    _key_ids_as_ory_has_them()


def _first_revisions() -> None:
    """What a project is now is the first revision that is known of it."""
    projects, revisions = _projects(), _revisions()
    now = sa.select(
        projects.c.revision_id,
        projects.c.id,
        sa.literal(1),
        projects.c.document,
        sa.func.length(projects.c.document),
        sa.literal("kept by an earlier release"),
        sa.literal(""),
        sa.literal(""),
        projects.c.updated_at_ms,
    )
    op.execute(sa.insert(revisions).from_select([column.name for column in revisions.c], now))


def _key_ids_as_ory_has_them() -> None:
    """Ory's clients take nothing but UUIDs; nothing else refers to a key's id."""
    keys = sa.table("keys", sa.column("id", ID))
    connection = op.get_bind()
    for (old,) in connection.execute(sa.select(keys.c.id).where(keys.c.id.like(OLD_KEY_ID))).all():
        connection.execute(sa.update(keys).where(keys.c.id == old).values(id=str(uuid.uuid4())))


def _projects() -> sa.TableClause:
    columns = ("id", "revision_id", "document", "updated_at_ms")
    return sa.table("projects", *(sa.column(name) for name in columns))


def _revisions() -> sa.TableClause:
    columns = (
        "id",
        "project_id",
        "number",
        "document",
        "size_bytes",
        "change",
        "author_id",
        "author_name",
        "created_at_ms",
    )
    return sa.table("revisions", *(sa.column(name) for name in columns))


def downgrade() -> None:
    op.drop_index(op.f("ix_event_streams_project_id"), "event_streams")
    op.drop_table("event_streams")
    op.drop_table("revisions")
    with op.batch_alter_table("keys", schema=None) as batch_op:
        batch_op.drop_column("revoked_at_ms")
        batch_op.drop_column("expires_at_ms")
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_column("home_region")
