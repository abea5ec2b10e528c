"""Floor 1: the law as dated data, and pure look-ups over it."""
