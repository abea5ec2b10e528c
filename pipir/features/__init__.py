"""Floor 2: one folder per noun of the program."""
