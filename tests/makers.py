"""Makers of values for tests; each gives a valid one, and takes what a test cares about."""

from datetime import date

TODAY = date(2026, 1, 15)
