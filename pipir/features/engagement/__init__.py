"""Engagement with industry, capital providers, academia and others under 1253(e)(4)."""
