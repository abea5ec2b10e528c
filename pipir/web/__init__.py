"""Floor 1: the toolkit of the HTML and JSON doors; it knows no feature."""
