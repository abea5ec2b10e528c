"""What a report says, as a reader reads it: its words under a heading, its tables by name."""

from msgspec.structs import replace

from pipir.document.model import Cite, Document, FactRef, Heading, PageRef, Ref, Table, labels, narrative


def said(document: Document, of: str) -> str:
    """The words under a heading of the first or second level, with each figure and reference as it prints."""
    facts, names = {fact.id: fact.text for fact in document.facts}, labels(document)
    inside, words = False, ""
    for block in document.blocks:
        if isinstance(block, Heading) and block.level <= 2:
            inside = block.id == of
        if inside:
            for _, runs in narrative(replace(document, blocks=(block,))):
                for run in runs:
                    match run:
                        case FactRef(fact=fact):
                            words += facts[fact]
                        case Ref(target=target) | PageRef(target=target):
                            words += names[target]
                        case Cite():
                            pass
                        case _:
                            words += run.text
    return words


def tables(document: Document) -> dict[str, Table]:
    return {block.id: block for block in document.blocks if isinstance(block, Table)}
