"""Agreements with participants: their life, clocks, certification, amendments and shares."""
