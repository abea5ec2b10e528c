"""Makers of values for tests; each gives a valid one, and takes what a test cares about."""

from datetime import UTC, date, datetime

# Where the program clock of a test's installation starts.
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TODAY = date(2026, 1, 15)
