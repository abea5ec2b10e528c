"""Floor 1: PostgreSQL, its three doors, the trail, jobs and the embedded server."""
