"""The data dictionary says what the tables are, in the words of the models; written anew with --write-golden."""

import pytest
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from pipir.store.base import Base, load_tables, sentence_of
from pipir.store.migrate import ROOT

DICTIONARY = ROOT / "docs" / "data-dictionary.md"


def _dictionary() -> str:
    load_tables()
    lines = [
        "# Data dictionary",
        "",
        "Every table of the record, as the models say it. A record has `id`, `version` (changes so far) and `exercise`",
        "(made by the exercise program); a marked one has its `marking` and the bit mask of its readers, `audience`.",
        "",
    ]
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.local_table.name):  # type: ignore[attr-defined]
        table = mapper.local_table
        said = (mapper.class_.__doc__ or "").strip().splitlines()[0]
        lines += [f"## {table.name}", "", said, "", "| Column | Type | May be empty | Refers to |", "|---|---|---|---|"]  # type: ignore[attr-defined]
        for column in table.columns:
            kind = column.type.compile(dialect=postgresql.dialect()).lower()
            refers = ", ".join(sorted(key.target_fullname for key in column.foreign_keys))
            lines.append(f"| {column.name} | {kind} | {'yes' if column.nullable else 'no'} | {refers} |")
        rules = sorted(
            f"- `{constraint.name}`: {sentence_of(constraint)}"
            for constraint in table.constraints  # type: ignore[attr-defined]
            if isinstance(constraint, (CheckConstraint, UniqueConstraint, ExcludeConstraint))
        )
        lines += ["", *rules, ""] if rules else [""]
    return "\n".join(lines).rstrip() + "\n"


def test_the_data_dictionary_is_that_of_the_models(request: pytest.FixtureRequest) -> None:
    """Documentation that cannot drift."""
    if request.config.getoption("--write-golden"):
        DICTIONARY.write_text(_dictionary())
    assert _dictionary() == DICTIONARY.read_text()
