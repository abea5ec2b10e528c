"""The trail: who changed what, when, under which command; written by triggers, read here."""
