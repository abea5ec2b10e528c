import re
import shutil
from pathlib import Path

import pytest

from pipir.statute.load import INSTRUMENTS, load_statute
from pipir.statute.model import StatuteError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the law's files, to be damaged."""
    return Path(shutil.copytree(INSTRUMENTS, tmp_path / "instruments"))


def damage(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first place of `old` in a file; return its line."""
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def mistakes(folder: Path):
    with pytest.raises(StatuteError) as caught:
        load_statute(folder)
    for mistake in caught.value.mistakes:
        assert str(mistake) in str(caught.value)
    return caught.value.mistakes


SECTION = "section-1253.toml"


@pytest.mark.parametrize(
    ("name", "old", "new", "below", "expected"),
    [
        (SECTION, 'ends_with = "1253.g"', 'ends_when = "1253.g"', 0, "not known"),
        (SECTION, 'kind = "duty"', 'kind = "duties"', 0, "one of: duty, authority"),
        (SECTION, "on = 2027-03-01", "on = 2027-02-30", 0, "date"),
        (SECTION, "on = 2027-03-01", 'on = "1 March"', 0, "date"),
        (SECTION, "number = 180", 'number = "180"', 0, "a whole number"),
        (SECTION, "number = 180\n", "", -2, "either a number or a date"),
        (SECTION, "number = 180", "number = 180\non = 2027-01-01", -2, "either a number or a date"),
        ("authorities.toml", 'slug = "10-usc-333"', 'slug = "10-usc-332"', 0, "slug of its own"),
        ("authorities.toml", 'slug = "10-usc-332"', 'slug = "1253.q.1"', 0, "1253.q"),
        (SECTION, 'provision = "1253.b.2"\nsays', 'provision = "1253.b.8"\nsays', None, "slug of a provision"),
        (SECTION, 'provision = "1253.b.2"\nsays', 'provision = "1253.b.1"\nsays', None, "slug of its own"),
        (SECTION, 'section = "participation"\n', "", -5, "or none of them"),
        (SECTION, 'rule = "pipir.features.participants', 'rule = "os.system', 0, "not blank"),
        (SECTION, 'page = "/participants"', 'page = "participants"', 0, "not blank"),
        (SECTION, 'ends_with = "1253.g"', 'ends_with = "1253.f"', 0, "the day of an end"),
        (SECTION, 'ends_with = "1253.g"', 'ends_with = "1253.g"\nuntil = 2030-01-01', -8, "not by both"),
        (SECTION, "until = 2031-03-01", "until = 2031-03-01\nfrom = 2032-01-01", 0, "on or after"),
        (SECTION, 'to = "six-addressees"', 'to = "everyone"', 0, "recipient group"),
        (SECTION, 'members = ["senate-armed-services"', 'members = ["the-senate"', 0, "slug of a recipient"),
        (SECTION, "adopted = false", "adopted = true", 0, "one adopted reading"),
        (SECTION, 'edge = "day-ends"', 'edge = "noon"', 0, "day-ends, day-begins"),
        (SECTION, 'event = "enactment"\n', "", -5, "names its event"),
        (SECTION, "enacted = 2025-12-18\n", "", None, "state that day"),
        (SECTION, 'name = "last"', 'name = "end"', None, "date named 'last'"),
        (SECTION, "end_day = 30", "end_day = 32", -7, "day"),
        (SECTION, 'provision = "1253.g"\nkind', 'provision = "1253.h"\nkind', 0, "slug of a provision"),
        ("s-2453.toml", 'governing = "1253.e"', 'governing = "1253.e.9"', 0, "slug of a provision"),
        ("ipef.toml", 'standing = "pattern"', 'standing = "statute"\ncounsel = "Somebody"', -4, "counsel and the date"),
        ("money.toml", 'slug = "purpose"', 'slug = "purpose of money"', 0, "slug"),
        (SECTION, 'standing = "statute"', 'standing = "statute"\ncounsel = "A"\ncounsel_on = 2026-01-01', -4, "Only"),
        ("money.toml", 'slug = "purpose"', 'slug = "cui"', None, "slug of its own"),
        ("reports.toml", 'title = "Public posting"\n', "", -5, "required"),
        ("reports.toml", "[instrument]", "[instruments]", None, "known"),
        ("reports.toml", 'slug = "cui"', "slug = cui", 0, "Invalid value"),
        ("reports.toml", 'slug = "cui"', 'slug = "cui', 0, ""),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_by_file_and_line(folder, name, old, new, below, expected):
    """`below` is the distance from the damage to the line named; None where another place is named."""
    line = damage(folder, name, old, new)
    found = mistakes(folder)
    assert any(expected in str(mistake) for mistake in found), found
    assert all(re.match(r"[a-z0-9-]+\.toml:\d+(:\d+)?$", mistake.where) for mistake in found)
    if below is not None:
        assert [mistake.where.split(":")[:2] for mistake in found] == [[name, str(line + below)]]


def test_all_mistakes_of_all_files_come_at_once(folder):
    damage(folder, SECTION, 'kind = "duty"', 'kind = "wish"')
    damage(folder, SECTION, "on = 2031-03-01", "on = 7")
    damage(folder, "money.toml", 'standing = "statute"', "standing = 3")
    damage(folder, "reports.toml", 'citation = "DoDI 5200.48"', "citation = ")
    found = [mistake.where.split(":")[0] for mistake in mistakes(folder)]
    assert sorted(found) == ["money.toml", "reports.toml", SECTION, SECTION]


def test_a_slug_given_twice_names_both_lines(folder):
    line = damage(folder, "authorities.toml", 'slug = "10-usc-333"', 'slug = "10-usc-332"')
    (mistake,) = mistakes(folder)
    assert mistake.where == f"authorities.toml:{line}"
    assert re.search(r"authorities.toml:\d+ has this one", mistake.expected)
    assert mistake.found == "10-usc-332"


def test_a_paragraph_without_its_trace_is_named(folder):
    line = damage(folder, SECTION, 'slug = "1253.g"', 'slug = "1253.h"')
    assert (f"{SECTION}:{line}", "1253.h") in [(each.where, each.found) for each in mistakes(folder)]


def test_what_a_long_string_holds_is_text_and_no_table(folder):
    damage(folder, "money.toml", 'title = "Purpose"', 'title = """\n[[provision]]\nslug = "no row"\n"""')
    line = damage(folder, "money.toml", 'slug = "antideficiency"', "slug = 5")
    (mistake,) = mistakes(folder)
    assert mistake.where == f"money.toml:{line}"


def test_bytes_that_are_no_text_are_named_with_their_line(folder):
    (folder / "money.toml").write_bytes(b"# one\n# two \xff\n")
    (mistake,) = mistakes(folder)
    assert mistake.where == "money.toml:2"


def test_a_folder_without_law_is_refused(tmp_path):
    (mistake,) = mistakes(tmp_path)
    assert str(tmp_path) in mistake.where


def test_the_digest_follows_every_byte_and_name(folder):
    before = load_statute(folder).digest
    assert before == load_statute().digest
    path = folder / "money.toml"
    path.write_text(path.read_text() + "# a remark\n")
    changed = load_statute(folder).digest
    path.rename(folder / "money-2.toml")
    assert len({before, changed, load_statute(folder).digest}) == 3


def test_the_law_cannot_be_changed_once_read():
    statute = load_statute()
    with pytest.raises(TypeError):
        statute.provisions["1253.z"] = statute.provisions["1253.a"]
    with pytest.raises(AttributeError):
        statute.provisions["1253.a"].until = None
