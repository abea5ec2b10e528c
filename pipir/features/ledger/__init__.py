"""The ledger: federal money as the program records it, reconciled to official accounting; it certifies no funds."""
