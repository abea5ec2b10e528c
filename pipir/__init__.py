"""pipir: the system of record for the Partnership for Indo-Pacific Industrial Resilience."""

VERSION = "0.1.0"
