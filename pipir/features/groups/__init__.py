"""Groups: workstreams, working groups, meetings of the forum and of groups, and their action items."""
