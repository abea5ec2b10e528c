"""Jobs as people follow them: how far, how it ended, and the wish to cancel."""
