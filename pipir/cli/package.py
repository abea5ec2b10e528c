"""`pipir report verify`: a package checked without a database."""

import argparse

from pipir.verification import verify as verify_package


def verify(options: argparse.Namespace) -> int:
    """Check a package and tell what holds."""
    found = verify_package(options.folder)
    for line in found.checked:
        print(line)
    for line in found.not_repeated:
        print(f"NOT REPEATED. {line}")
    for line in found.wrong:
        print(f"WRONG. {line}")
    so_far = ", as far as it could be repeated here" if found.not_repeated else ""
    print("The package does not hold." if found.wrong else f"The package holds{so_far}.")
    return 1 if found.wrong else 0
