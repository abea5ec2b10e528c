"""Notes that people leave on records."""
