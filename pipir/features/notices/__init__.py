"""Notices: reminders of what is due, the mail that carries them, and calendar feeds."""
