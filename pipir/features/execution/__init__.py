"""Execution: spend plans and forecasts by version, the execution review, and equitable shares against the ledger."""
