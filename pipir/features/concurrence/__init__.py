"""Coordination: what offices are asked, in which role, and what they answer."""
