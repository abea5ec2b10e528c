"""What the document model promises: numbers once, the same bytes, no digits typed into prose."""

from datetime import timedelta, timezone

from msgspec.structs import replace

from pipir.document.model import (
    Bullets,
    Figure,
    Heading,
    Paragraph,
    Strong,
    Table,
    Text,
    canonical,
    digits_in_prose,
    label,
    labels,
    number,
    read,
)
from tests.document import examples


def test_sections_tables_and_figures_are_numbered_once():
    numbered = number(examples.whole())
    found = labels(numbered)
    assert found["element-2"] == "Section 2"
    assert found["by-country"] == "Section 2.2"
    assert found["app-facts"] == "Appendix B"
    assert found["tab-years"] == "Table 2"
    assert found["fig-lanes"] == "Figure 2"
    assert number(numbered) == numbered


def test_an_unnumbered_heading_is_named_by_its_words():
    assert label(Heading(1, "Executive summary", "summary", numbered=False)) == "Executive summary"


def test_every_block_has_an_id_after_numbering_and_each_id_stands_once():
    ids = [block.id for block in number(examples.whole()).blocks]
    assert all(ids)
    assert len(ids) == len(set(ids))


def test_a_block_added_to_one_section_leaves_the_ids_of_the_next_alone():
    document = examples.whole()
    place = next(place for place, block in enumerate(document.blocks) if getattr(block, "id", "") == "element-1")
    longer = replace(
        document, blocks=(*document.blocks[: place + 1], Paragraph((Text("New."),)), *document.blocks[place + 1 :])
    )
    after = {block.id for block in number(document).blocks if block.id.startswith("element-2--")}
    assert after <= {block.id for block in number(longer).blocks}


def test_the_canonical_form_reads_back_to_the_same_document():
    document = number(examples.whole())
    assert read(canonical(document)) == document
    assert canonical(read(canonical(document))) == canonical(document)


def test_the_same_instant_in_another_zone_gives_the_same_bytes():
    document = examples.whole()
    elsewhere = replace(document, frozen_at=document.frozen_at.astimezone(timezone(timedelta(hours=9))))
    assert canonical(elsewhere) == canonical(document)


def test_a_digit_typed_into_prose_is_refused():
    """Numbers in prose are named facts; what is literal (citations, dates, names) says so."""
    document = examples.whole()
    assert digits_in_prose(document) == []
    typed = replace(
        document,
        blocks=(
            Paragraph((Text("It obligated 12 dollars. "), Text("Sec. 1253 stands.", literal=True))),
            Bullets(((Strong("Sixty. "),), (Strong("60 projects."),))),
        ),
    )
    assert [mistake.where for mistake in digits_in_prose(typed)] == ["blocks.0.runs.0", "blocks.1.items.1.runs.0"]


def test_the_example_holds_every_kind_of_block():
    kinds = {type(block).__name__ for block in examples.whole().blocks}
    assert len(kinds) == 10
    assert {Table.__name__, Figure.__name__} <= kinds
