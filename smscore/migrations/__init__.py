"""The database's history, one file a step. `smscore.store.migrate` walks it; steps that were released never change."""
