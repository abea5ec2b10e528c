"""Vulnerabilities: the register of weak points that the partners' industrial bases share, and what reduces them."""
