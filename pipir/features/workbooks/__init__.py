"""Workbooks: lists of projects that are edited offline, and come back as changes that a second person reviews."""
