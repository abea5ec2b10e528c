"""Reconciliation of the ledger: official accounting, dormant obligations, and cases of what went wrong."""
