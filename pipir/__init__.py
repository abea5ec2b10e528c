"""pipir: the system of record for the Partnership for Indo-Pacific Industrial Resilience."""
