"""The small markup of editors' texts: which digits are figures that somebody typed, and which are none."""

import pytest

from pipir.document import markup

FACTS = ("projects",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We obligated USD500M last year.", ["USD500M"]),
        ("It came to US500 or EUR-20 or JPY300.", ["US500", "EUR-20", "JPY300."]),
        ("Of these (12) sites remain.", ["(12)"]),
        ("A total of 2000 tons and from 1950 to 2050 units.", ["2000", "2050"]),
        ("For section 500 million was spent.", ["500"]),
        ("In paragraph 45 sites and Part 300 tons.", ["45", "300"]),
        ("It cost in 2031 dollars more.", ["2031"]),
        ("The U.S. 500 million plan.", ["500"]),
        ("Of 2000.5 and 2000,000 shells.", ["2000.5", "2000,000"]),
        ("By May 500 tons and May 45 more.", ["500", "45"]),
        ("We made 400 shells.", ["400"]),
    ],
)
def test_an_amount_that_looks_like_a_name_a_year_or_a_citation_is_a_figure_all_the_same(
    text: str, found: list[str]
) -> None:
    """Habit 10: numbers in prose are named facts."""
    assert [each.found for each in markup.mistakes(text, FACTS)] == found


@pytest.mark.parametrize(
    "text",
    [
        "Section 1253 directs it; section 1253(f)(1)(B)(i) and (ii) too, as do subsections (e)(1) and (e)(3).",
        "Under paragraph (1), paragraphs (1) and (2), or (e)(1) of it, and Sec. 1253(g).",
        "By section 232 of that act, title 10, section 113(d), and part 120.",
        "See 10 U.S.C. 4811 note, 22 CFR part 120, 139 Stat. 1113 and Pub. L. 119-60; S. 2453 and OMB Circular A-19.",
        "There in 2027 the F-35 line met on March 1, 2027, or 2 March, as of 2027-03-01.",
        "Then from 2027 to 2031, in fiscal year 2028 and FY 2029, the plenary of 2024, since 2025.",
        "The 2027 report and the KC46A, AIM120B, P-8 and CH-47 flew in May 2027, by 2027.",
        "It made `155 mm` and {projects} of them in 2027 {projects}.",
    ],
)
def test_citations_days_years_and_names_are_none(text: str) -> None:
    """Habit 10"""
    assert markup.mistakes(text, FACTS) == ()
