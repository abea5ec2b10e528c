"""Text as it may enter: bounded, without control characters, never blank where a value is asked for."""

from typing import Annotated

import msgspec

# A line holds no control characters at all, and no line end either, which a plain `$` would let stand last;
# prose may hold line breaks and tabs. Neither is blank.
_LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)"
_PROSE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
# The plain form of RFC 5321 in ASCII: no quotes, no comments, no line end that could begin a header.
MAIL_ADDRESS = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$(?!\n)"
)

Line = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=200, pattern=_LINE, description="One line of text, 1 to 200 characters."),
]
Prose = Annotated[str, msgspec.Meta(max_length=20_000, pattern=_PROSE, description="Text of up to 20,000 characters.")]
Reason = Annotated[
    str,
    msgspec.Meta(min_length=3, max_length=2_000, pattern=_PROSE, description="Why: 3 to 2,000 characters."),
]
SourceText = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=500, pattern=_LINE, description="Where the fact comes from."),
]
MailAddress = Annotated[
    str,
    msgspec.Meta(max_length=254, pattern=MAIL_ADDRESS, description="A mail address such as name@office.example."),
]
