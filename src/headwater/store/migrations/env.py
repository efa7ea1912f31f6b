"""What Alembic runs: our connection, our tables, one transaction."""

from alembic import context

from headwater.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
