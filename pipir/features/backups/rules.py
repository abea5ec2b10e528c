"""What is known of a backup."""

from typing import Final, Literal, get_args

Kind = Literal["backup", "drill", "restore"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
