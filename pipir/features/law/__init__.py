"""The law as it stands in this installation: its windows, amendments, offices, and the acts that rest on it."""
