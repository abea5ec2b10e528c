import re
from collections import Counter

import pytest

from pipir.kernel.marking import TRIGRAPHS
from pipir.statute import lookup
from pipir.statute.load import load_statute

STATUTE = load_statute()

# Every paragraph of the section, by its address.
PARAGRAPHS = [
    "a", "b", "b.1", "b.1.A", "b.1.B", "b.1.C", "b.2", "b.3", "b.4", "b.5", "b.6", "b.7", "c", "c.1", "c.2", "d",
    "e", "e.1", "e.2", "e.3", "e.4", "f", "f.1", "f.1.A", "f.1.B", "f.1.B.i", "f.1.B.ii", "f.1.B.iii", "f.1.B.iv",
    "f.1.B.v", "f.1.B.vi", "f.2", "g",
]  # fmt: skip


def test_every_paragraph_of_the_section_has_a_row_and_no_other_has():
    """Sec. 1253(a) to (g)"""
    rows = [slug for slug, instrument in STATUTE.instrument_of.items() if instrument == "1253"]
    assert rows == [f"1253.{paragraph}" for paragraph in PARAGRAPHS]


@pytest.mark.parametrize("paragraph", PARAGRAPHS)
def test_a_paragraph_is_cited_as_its_address_says(paragraph):
    row = STATUTE.provision(f"1253.{paragraph}")
    assert row.citation == "Sec. 1253" + "".join(f"({part})" for part in paragraph.split(".")) + ", Pub. L. 119-60"
    assert row.standing == "statute"
    assert row.sureness == "text"


def test_every_row_is_one_sentence():
    for row in STATUTE.provisions.values():
        assert row.statement.endswith("."), row.slug
        assert not re.search(r"[.!?] [A-Z]", row.statement), row.slug


def test_a_row_that_obliges_says_who_owes_it():
    for row in STATUTE.provisions.values():
        if row.kind in ("duty", "deadline", "notice"):
            assert row.owed_by, row.slug


def test_the_four_authorities_end_with_the_section_and_one_needs_another():
    """Sec. 1253(e), (g)"""
    four = [row for row in lookup.authorities(STATUTE) if row.slug.startswith("1253.")]
    assert [row.slug for row in four] == ["1253.e.1", "1253.e.2", "1253.e.3", "1253.e.4"]
    assert {row.ends_with for row in four} == {"1253.g"}
    assert [row.slug for row in four if row.needs_other_authority] == ["1253.e.3"]


def test_coordination_is_not_concurrence():
    """Sec. 1253(a), (d); 10 U.S.C. 333, 2350l"""
    roles = {row.slug: [(o.office, o.role) for o in row.office] for row in STATUTE.provisions.values() if row.office}
    assert roles["1253.a"] == roles["1253.d"] == [("Secretary of State", "coordinate")]
    assert roles["10-usc-333"] == roles["10-usc-2350l"] == [("Secretary of State", "concur")]


def test_the_section_names_six_countries():
    """Sec. 1253(d)"""
    assert set(STATUTE.provision("1253.d").countries) == {"AUS", "JPN", "KOR", "IND", "PHL", "NZL"}


def test_every_country_in_the_law_is_one_that_markings_know():
    named = {country for row in STATUTE.provisions.values() for country in row.countries}
    named |= {country for row in STATUTE.instruments.values() for country in row.countries}
    assert named <= {*TRIGRAPHS, "USA"}
    assert len(STATUTE.instruments["ipef"].countries) == 14


@pytest.mark.parametrize(
    ("slug", "citation"),
    [
        ("purpose", "31 U.S.C. 1301(a)"),
        ("antideficiency", "31 U.S.C. 1341(a)(1)(A)"),
        ("obligation-evidence", "31 U.S.C. 1501(a)"),
        ("statement-of-obligations", "31 U.S.C. 1501(b)"),
        ("bona-fide-need", "31 U.S.C. 1502(a)"),
        ("subdivision", "31 U.S.C. 1514, 1517(a)(2)"),
        ("apportionment", "31 U.S.C. 1517(a)(1)"),
        ("expired-account", "31 U.S.C. 1553(a)"),
        ("account-closing", "31 U.S.C. 1552(a)"),
        ("sunset", "Sec. 1253(g), Pub. L. 119-60"),
        ("public-posting", "10 U.S.C. 122a"),
        ("electronic-copy", "10 U.S.C. 480"),
        ("publishing-office-exclusion", "44 U.S.C. 7242(2)(B)(iii)"),
        ("section-508", "29 U.S.C. 794d; 36 CFR 1194"),
        ("cui", "DoDI 5200.48"),
    ],
)
def test_a_rule_of_money_or_reporting_is_cited_by_what_it_guards(slug, citation):
    assert STATUTE.citation(slug) == citation


def test_what_is_not_known_is_said_to_be_not_known():
    for instrument in STATUTE.instruments.values():
        assert instrument.text_release or "not known here" in instrument.release_note, instrument.slug
        assert instrument.not_known, instrument.slug
    assert STATUTE.provision("s-2453.funds").standing_label == "bill, not law; to be confirmed by counsel"
    assert STATUTE.provision("ipef.9").standing_label == "pattern, not law of the Partnership; press only"
    assert STATUTE.provision("ipef.10").standing_label == "pattern, not law of the Partnership"
    assert STATUTE.provision("sunset").standing_label == "our reading (counsel not yet named)"


def test_where_the_bill_differs_both_citations_are_at_hand():
    """Section 1253 governs."""
    (difference,) = lookup.differences(STATUTE, "1253.e")
    assert STATUTE.citation(difference.other).startswith("S. 2453")
    assert STATUTE.instrument("s-2453.funds").status == "bill"
    (wider,) = lookup.differences(STATUTE, "1253.a")
    assert STATUTE.citation(wider.other) == "S. 2453, 119th Cong., sec. 2(a)"
    assert lookup.differences(STATUTE, "1253.d") == ()


def test_every_paragraph_of_the_section_the_bill_and_the_pattern_is_traced():
    """What is kept of it, or why nothing is."""
    for instrument in ("1253", "s-2453", "ipef"):
        rows = [slug for slug, of in STATUTE.instrument_of.items() if of == instrument]
        assert [slug for slug in STATUTE.traces if STATUTE.instrument_of[slug] == instrument] == rows
    kept = [slug for slug, row in STATUTE.traces.items() if not row.structure_only]
    assert {STATUTE.instrument_of[slug] for slug in kept} == {"1253"}
    assert len(kept) == 24


def test_each_addressee_is_told_by_words_of_its_own_provision():
    """22 U.S.C. 2767(f), 10 U.S.C. 2350a(a)(3), 1 U.S.C. 112b: slugs are one each, and every list names somebody."""
    rows = STATUTE.addressees
    assert len({row.slug for row in rows}) == len(rows)
    for row in rows:
        assert row.citation.startswith(STATUTE.provision(row.provision).citation)
    told = Counter(row.provision for row in rows)
    assert told == {"22-usc-2767": 3, "10-usc-2350a": 4, "1-usc-112b": 1}
    assert {each.provision for each in STATUTE.clocks} == set(told)


def test_the_termination_is_told_item_by_item():
    """Sec. 1253(g): twelve items, each naming the provision it follows from"""
    rows = lookup.consequences(STATUTE)
    assert len(rows) == 12
    outcomes = {row.slug: row.outcome for row in rows}
    assert outcomes["report-after"] == "due"
    assert outcomes["new-obligation"] == "refused"
    assert outcomes["agreement-in-force"] == outcomes["assistance-begun"] == "continues"


def test_our_sentences_are_not_those_of_the_text():
    """A row states the paragraph in other words: none of these runs of the enacted text stands in it."""
    runs = [
        "shall be the following",
        "considers appropriate",
        "not later than",
        "shared industrial base vulnerabilities",
        "shall terminate",
    ]
    for row in STATUTE.provisions.values():
        assert not any(run in row.statement.lower() for run in runs), row.slug
