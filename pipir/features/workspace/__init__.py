"""The workspace of a report: its sections with owner and day, drafts, comments, and last year's report beside it."""
