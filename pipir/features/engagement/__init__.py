"""Engagement with industry, capital providers, academia and others: events, who came, and what either side promised."""
