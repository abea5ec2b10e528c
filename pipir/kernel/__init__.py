"""Floor 0: values and errors that every floor shares; standard library and msgspec only."""
