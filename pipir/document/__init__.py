"""Floor 1: the document model and its five renderers; it knows no feature."""
