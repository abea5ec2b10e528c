"""Search over everything that one may see."""
