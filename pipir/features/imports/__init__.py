"""Imports into the ledger: sources and their mappings, files, what is staged of them, their mistakes, publication."""
