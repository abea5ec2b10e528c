"""Home: the dashboard, and the pages that say how to read this record."""
