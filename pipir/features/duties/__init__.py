"""Duties: every date of the statute, and what was recorded about each."""
