"""The binder of a record: its documents, its notes and its coordination."""
