"""The register of vulnerabilities that participants share, and what is done about each."""
