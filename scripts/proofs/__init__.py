"""Proofs at full size: one module each, run by scripts/prove."""
