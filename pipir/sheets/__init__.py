"""Floor 1: CSV and XLSX in and out, with mistakes by row and column."""
