from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipir.kernel.errors import Invalid
from pipir.kernel.marking import (
    TRIGRAPHS,
    Marking,
    NotAMarking,
    NotAReader,
    Reader,
    audience_of,
    may_read,
    parse_marking,
    read_marking,
    reader_bits,
)

GOVERNMENT = Reader("us-government")
CONTRACTOR = Reader("contractor")
AUSTRALIA = Reader("partner", "AUS")
JAPAN = Reader("partner", "JPN")

categories = st.lists(st.sampled_from(["PROCURE", "EXPT", "SP-CTI", "SP-PROPIN", "OPSEC"]), max_size=3)
countries = st.lists(st.sampled_from(TRIGRAPHS), max_size=5)


@st.composite
def markings(draw):
    if draw(st.booleans()):
        return Marking("UNCLASSIFIED", rel_to=tuple(draw(countries)))
    limits, rel_to = draw(
        st.one_of(
            st.tuples(st.sampled_from([(), ("NOCON",)]), countries),
            st.tuples(st.sampled_from([("NOFORN",), ("NOFORN", "FEDCON"), ("FED ONLY",), ("FEDCON",)]), st.just([])),
        )
    )
    return Marking("CUI", tuple(draw(categories)), tuple(limits), tuple(rel_to))


@given(markings())
def test_a_banner_reads_back_as_the_same_marking(marking):
    assert parse_marking(marking.banner) == marking
    assert parse_marking(marking.banner).banner == marking.banner


@pytest.mark.parametrize(
    ("typed", "banner"),
    [
        ("CUI//SP-EXPT/PROCURE//REL TO USA, AUS, JPN", "CUI//SP-EXPT/PROCURE//REL TO USA, AUS, JPN"),
        ("CUI//PROCURE/SP-EXPT//REL TO USA, JPN,AUS", "CUI//SP-EXPT/PROCURE//REL TO USA, AUS, JPN"),
        ("CUI//PROCURE//NOFORN/FEDCON", "CUI//PROCURE//FEDCON/NOFORN"),
        ("CUI//NOCON/REL TO USA, GBR", "CUI//NOCON/REL TO USA, GBR"),
        ("CUI//NOFORN", "CUI//NOFORN"),
        ("CUI", "CUI"),
        (" UNCLASSIFIED // REL TO USA, FRA", "UNCLASSIFIED//REL TO USA, FRA"),
    ],
)
def test_a_banner_is_written_in_one_order(typed, banner):
    """DoDI 5200.48: specified categories first, then basic, each by alphabet; USA first in REL TO."""
    assert parse_marking(typed).banner == banner


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("", {"level"}),
        ("SECRET", {"level"}),
        ("CUI//", {"categories"}),
        ("CUI//procure", {"categories"}),
        ("CUI//EXPT/SP-EXPT", {"categories"}),
        ("CUI//PROCURE//NOFORN/REL TO USA, AUS", {"dissemination"}),
        ("CUI//FED ONLY/FEDCON", {"dissemination"}),
        ("CUI//NOCON/FEDCON", {"dissemination"}),
        ("CUI//FED ONLY/REL TO USA, AUS", {"dissemination"}),
        ("CUI//FEDCON/REL TO USA, AUS", {"dissemination"}),
        ("CUI//PROCURE//DL ONLY", {"dissemination"}),
        ("CUI//PROCURE//EYES ONLY", {"dissemination"}),
        ("CUI//REL TO AUS, USA", {"rel_to"}),
        ("CUI//REL TO USA", {"rel_to"}),
        ("CUI//REL TO USA, ZZZ", {"rel_to"}),
        ("CUI//REL TO USA, AUS/REL TO USA, JPN", {"rel_to"}),
        ("UNCLASSIFIED//PROCURE", {"level"}),
        ("UNCLASSIFIED//NOFORN", {"level"}),
        ("CUI//PROCURE//EXPT//NOFORN", {"marking"}),
        ("CUI//" + "A" * 600, set()),
        ("SECRET//x//REL TO USA, ZZZ", {"level", "categories", "rel_to"}),
    ],
)
def test_a_wrong_marking_is_refused_with_every_mistake(typed, where):
    with pytest.raises(NotAMarking) as caught:
        parse_marking(typed)
    assert isinstance(caught.value, Invalid)
    assert {mistake.where for mistake in caught.value.mistakes} == where


def test_a_distribution_list_is_refused_because_none_is_kept():
    with pytest.raises(NotAMarking, match="no distribution lists are kept here"):
        parse_marking("CUI//PROCURE//DL ONLY")


def test_a_marking_from_json_is_held_to_the_same_rule():
    with pytest.raises(msgspec.ValidationError, match="NOFORN and REL TO"):
        msgspec.json.decode(b'{"level":"CUI","dissemination":["NOFORN"],"rel_to":["USA","AUS"]}', type=Marking)
    same = msgspec.json.decode(b'{"level":"CUI","rel_to":["JPN","AUS","JPN"]}', type=Marking)
    assert same.rel_to == ("USA", "AUS", "JPN")


@pytest.mark.parametrize(
    ("banner", "government", "contractor", "australia", "japan"),
    [
        ("UNCLASSIFIED", True, True, False, False),
        ("UNCLASSIFIED//REL TO USA, AUS", True, True, True, False),
        ("CUI", True, True, False, False),
        ("CUI//PROCURE", True, True, False, False),
        ("CUI//PROCURE//REL TO USA, AUS", True, True, True, False),
        ("CUI//NOFORN", True, True, False, False),
        ("CUI//FEDCON", True, True, False, False),
        ("CUI//NOCON", True, False, False, False),
        ("CUI//NOCON/REL TO USA, AUS", True, False, True, False),
        ("CUI//FED ONLY", True, False, False, False),
    ],
)
def test_who_may_read_is_one_table(banner, government, contractor, australia, japan):
    """docs/releasability.md"""
    marking = parse_marking(banner)
    allowed = [may_read(marking, reader) for reader in (GOVERNMENT, CONTRACTOR, AUSTRALIA, JAPAN)]
    assert allowed == [government, contractor, australia, japan]


@given(markings(), st.sampled_from(TRIGRAPHS))
def test_a_partner_reads_only_what_is_released_to_its_country(marking, trigraph):
    assert may_read(marking, Reader("partner", trigraph)) == (trigraph in marking.rel_to)


@pytest.mark.parametrize("kind", ["us-government", "contractor"])
def test_nationality_decides_before_employment(kind):
    assert not may_read(parse_marking("CUI//NOFORN"), Reader(kind, "GBR"))
    assert reader_bits(Reader(kind, "GBR")) == reader_bits(Reader("partner", "GBR"))


@pytest.mark.parametrize(("kind", "nationality"), [("partner", "USA"), ("partner", "ZZZ"), ("contractor", "")])
def test_a_reader_without_an_audience_is_refused(kind, nationality):
    with pytest.raises(NotAReader):
        Reader(kind, nationality)


def test_each_audience_has_a_bit_of_its_own_within_a_signed_bigint():
    readers = [GOVERNMENT, CONTRACTOR, *(Reader("partner", trigraph) for trigraph in TRIGRAPHS)]
    bits = [reader_bits(reader) for reader in readers]
    assert len(TRIGRAPHS) <= 60
    assert len(set(bits)) == len(bits)
    assert all(bit.bit_count() == 1 for bit in bits)
    assert audience_of(Marking("UNCLASSIFIED", rel_to=TRIGRAPHS)) == sum(bits) < 2**63


def test_a_country_keeps_its_bit_for_ever():
    """Stored masks depend on the order: a new country is added at the end, and this list grows with it."""
    frozen = (
        "AUSBRNFJIINDIDNJPNKORMYSNZLPHLSGPTHAVNMGBRCANFRADEUITANLDNORSWEFINPOL"
        "DNKBELESPPRTGRCTURCZEHUNROUBGRSVKSVNHRVALBMNEMKDESTLVALTULUXISLAUTCHEIRLISRTWNUKRMNGLKAPNGBGDTLSMDV"
    )
    assert "".join(TRIGRAPHS).startswith(frozen)
    assert reader_bits(AUSTRALIA) == 4


def test_the_table_for_people_is_the_rule_of_the_code():
    """Each row of docs/releasability.md gives the answer that may_read gives."""
    page = (Path(__file__).parents[2] / "docs" / "releasability.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == 9
    for (marking, government, contractor, named, other), categories_part in product(rows, ("", "PROCURE//")):
        banner = marking.split("`")[1].replace("...//", categories_part).replace("...", "AUS")
        if banner.startswith("UNCLASSIFIED") and categories_part:
            continue
        read = parse_marking(banner)
        assert may_read(read, GOVERNMENT) == (government == "reads")
        assert may_read(read, CONTRACTOR) == (contractor == "reads")
        assert may_read(read, AUSTRALIA) == (named == "reads")
        assert may_read(read, JAPAN) == (other == "reads")


@pytest.mark.parametrize("text", ["SECRET//NOFORN//REL TO USA, XXX", "CUI//NOFORN/REL TO USA, AUS", "", "x" * 600])
def test_every_mistake_of_a_typed_marking_points_to_its_field(text):
    with pytest.raises(Invalid) as wrong:
        read_marking(text, Reader("us-government"))
    assert {each.where for each in wrong.value.mistakes} == {"marking"}


def test_nobody_marks_a_record_out_of_their_own_sight():
    assert read_marking("CUI//NOCON", Reader("us-government")).banner == "CUI//NOCON"
    with pytest.raises(Invalid, match="could not read"):
        read_marking("CUI//NOCON", Reader("contractor"))
