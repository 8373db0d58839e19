"""Alembic's way in: the connection comes from `smscore.store.migrate`, each step is one transaction."""

from alembic import context

from smscore.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
