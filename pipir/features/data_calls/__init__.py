"""Data calls: what offices and groups are asked for by a day, and what each of them answered."""
