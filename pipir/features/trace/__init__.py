"""The statute trace: each paragraph, who owes it, what keeps it, and what the record holds of it now."""
