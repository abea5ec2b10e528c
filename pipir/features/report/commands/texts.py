"""What every text of a report is held to: its letters, its markup, the figures that it names."""

from typing import Annotated

import msgspec

from pipir.document import faces, markup
from pipir.document.text import missing, named
from pipir.features.report.compose.facts import figure_names
from pipir.kernel import merging
from pipir.kernel.errors import Invalid, Mistake
from pipir.statute.load import the_statute

# Four hundred lines of a hundred characters, and room to breathe.
Narrative = Annotated[
    str,
    msgspec.Meta(
        max_length=60_000,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$",
        description="Text of up to 60,000 characters in the markup of reports.",
    ),
]


def check_text(narrative: str) -> None:
    """Refuse a text that the report could not print: its letters, its figures, digits where a figure is named."""
    check_letters("narrative", narrative)
    if merging.has_marks(narrative):
        raise Invalid(
            "The text still holds the marks of a merge.",
            mistakes=(
                Mistake("narrative", "Expected one text: choose between the marked lines, and take the marks out."),
            ),
        )
    wrong = markup.mistakes(narrative, figure_names(the_statute()))
    if wrong:
        raise Invalid("The text names figures that the report does not have, or holds digits.", mistakes=wrong)


def check_letters(field: str, text: str) -> None:
    """Refuse a character that the report's fonts cannot print, where it is typed and not when the report is due."""
    lacking = missing(text, faces.characters())
    if lacking:
        raise Invalid(
            "The text holds a character that the report cannot print.",
            mistakes=tuple(
                Mistake(field, "Expected characters that the report's fonts hold; not: " + named(character) + ".")
                for character in lacking[:20]
            ),
        )
