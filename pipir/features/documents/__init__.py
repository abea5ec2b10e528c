"""Documents: files with their versions and hashes, and what replaces a spilled value."""
