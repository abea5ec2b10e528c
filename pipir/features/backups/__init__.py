"""Backups: what this record knows of the copies that were taken of it, and of the drills that restored them."""
