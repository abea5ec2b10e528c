"""A package is checked with nothing but itself and the program: every edited byte is found, and its file is named."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pikepdf
import pytest
from msgspec.structs import replace

from pipir import package, verification
from pipir.document.model import canonical as canonical_document
from pipir.document.model import read as read_document
from pipir.features.report.compose.snapshot import canonical
from pipir.kernel.errors import Invalid
from pipir.kernel.money import Dollars
from tests.features.report.snapshots import with_lines


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return package.files_of(with_lines())


@pytest.fixture
def folder(files: dict[str, bytes], tmp_path: Path) -> Path:
    package.write_out(files, tmp_path / "package")
    return tmp_path / "package"


def edited(path: Path, at: int) -> None:
    """One bit of one byte."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


def test_a_whole_package_holds_and_says_what_was_checked(folder: Path) -> None:
    found = verification.verify(folder)
    assert (found.wrong, found.not_repeated) == ((), ())
    assert any("byte for byte" in each for each in found.checked)
    assert any("figures and" in each and "report.pdf" in each for each in found.checked)


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json",
        "manifest.sha256",
        "snapshot.json",
        "report.json",
        "report.html",
        "report.docx",
        "report.xlsx",
        "report.pdf",
    ],
)
@pytest.mark.parametrize("place", [0.01, 0.5, 0.99])
def test_a_byte_edited_anywhere_is_found_and_its_file_is_named(folder: Path, name: str, place: float) -> None:
    path = folder / name
    edited(path, int(path.stat().st_size * place))
    found = verification.verify(folder)
    assert any(name in each for each in found.wrong)


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sha256"])
@pytest.mark.parametrize("place", [0.01, 0.5, 0.99])
def test_a_byte_of_what_names_the_files_is_found_too(folder: Path, name: str, place: float) -> None:
    test_a_byte_edited_anywhere_is_found_and_its_file_is_named(folder, name, place)


def test_a_file_that_is_missing_or_was_added_is_named(folder: Path) -> None:
    (folder / "report.docx").unlink()
    (folder / "letter.txt").write_text("added")
    (folder / "annex").mkdir()
    (folder / "annex" / "more.txt").write_text("added where nobody looks")
    wrong = verification.verify(folder).wrong
    assert "report.docx is named in manifest.json and is not there." in wrong
    assert "letter.txt is there and manifest.json does not name it." in wrong
    assert "annex is there and manifest.json does not name it." in wrong


def test_what_stands_in_the_place_of_a_file_is_told_for_what_it_is(folder: Path, tmp_path: Path) -> None:
    """A link may lead to another file tomorrow; a folder was said to be there and not to be there."""
    (folder / "report.pdf").rename(tmp_path / "report.pdf")
    (folder / "report.pdf").symlink_to(tmp_path / "report.pdf")
    (folder / "report.docx").unlink()
    (folder / "report.docx").mkdir()
    (folder / "report.xlsx").unlink()
    os.mkfifo(folder / "report.xlsx")
    (folder / "manifest.sha256").unlink()
    (folder / "letter").symlink_to("letter")
    assert set(verification.verify(folder).wrong) == {
        "report.pdf is a link, not a file.",
        "report.docx is a folder, not a file.",
        "report.xlsx is a device or a pipe, not a file.",
        "manifest.sha256 is not there, so nothing says what manifest.json was.",
        "letter is there and manifest.json does not name it.",
    }


@pytest.mark.parametrize("name", ["manifest.json", "snapshot.json", "report.json"])
def test_what_is_nested_without_end_is_told_and_not_stumbled_over(folder: Path, name: str) -> None:
    deep = b"[" * 50_000
    start = b'{"snapshot_id":"a","files":{},"versions":{"a":' if name == "manifest.json" else b'{"a":'
    (folder / name).write_bytes(start + deep)
    assert any(each.startswith(f"{name} cannot be read: ") for each in verification.verify(folder).wrong)


def test_a_name_in_a_manifest_cannot_turn_the_line_that_tells_of_it(folder: Path) -> None:
    told_anew(folder, files={"a\u202egnorw.\x1b[2Jfdp": {"sha256": "0" * 64, "size": 1}})
    said = " ".join(verification.verify(folder).wrong)
    assert "a[U+202E]gnorw.[U+001B][2Jfdp is named in manifest.json and is not there." in said


def test_a_page_that_cannot_be_read_is_told_in_words(folder: Path) -> None:
    with pikepdf.open(folder / "report.pdf", allow_overwriting_input=True) as pdf:
        pdf.save(folder / "report.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    assert "report.pdf cannot be read: it asks for a password." in verification.verify(folder).wrong
    (folder / "report.pdf").write_bytes(b"%PDF-1.7 and no more")
    assert "report.pdf cannot be read: it is no whole PDF." in verification.verify(folder).wrong


def test_what_every_page_breaks_is_told_once(folder: Path) -> None:
    """A line for each page of a report hid what else was wrong."""
    model = read_document((folder / "report.json").read_bytes())
    sealed(folder, report_json=canonical_document(replace(model, ribbons=("ANOTHER RIBBON",))))
    [told] = [each for each in verification.verify(folder).wrong if "Every page carries its ribbons" in each]
    assert "page 1, ANOTHER RIBBON; page 2, ANOTHER RIBBON;" in told
    assert told.endswith(" more.")


def test_a_field_of_another_program_is_not_called_wrong(folder: Path) -> None:
    """Of the same program it is an edit."""
    known = (folder / "snapshot.json").read_bytes().rstrip()
    unknown = "snapshot.json holds what this program does not know."
    sealed(folder, snapshot_json=known[:-1] + b',"zzz":1}\n')
    assert unknown in verification.verify(folder).wrong
    told_anew(folder, versions={"pipir": "9.0"})
    found = verification.verify(folder)
    assert unknown not in found.wrong
    assert found.not_repeated[0] == unknown
    # The form is every program's: another one's name excuses no edit of it.
    sealed(folder, snapshot_json=known[:-1] + b', "zzz": 1}\n')
    told_anew(folder, versions={"pipir": "9.0"})
    assert "snapshot.json is not in its canonical form." in verification.verify(folder).wrong


def sealed(folder: Path, **files: bytes) -> None:
    """The files put in, with a manifest that says just what they are: what somebody who knows how would do."""
    told = msgspec.json.decode((folder / "manifest.json").read_bytes())
    for field, content in files.items():
        name = field.replace("_", ".")
        (folder / name).write_bytes(content)
        told["files"][name] = {"sha256": package.digest(content), "size": len(content)}
        if name == "snapshot.json":
            told["snapshot_id"] = package.digest(content)
    content = msgspec.json.format(msgspec.json.encode(told, order="sorted"), indent=1) + b"\n"
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sha256").write_bytes(package.seal(content))


def test_a_figure_changed_in_every_hash_is_found_by_making_the_files_again(
    folder: Path, files: dict[str, bytes]
) -> None:
    """Hashes alone show an accident; what the snapshot gives shows an intent."""
    old, new = b"$30.00", b"$31.00"
    assert old in files["report.html"]
    sealed(folder, report_html=files["report.html"].replace(old, new))
    assert "report.html is not what the snapshot gives." in verification.verify(folder).wrong


def test_a_snapshot_whose_tables_do_not_tie_is_found(folder: Path) -> None:
    snapshot = with_lines()
    first, *others = snapshot.ledger.by_country
    country = replace(first, obligated=Dollars("99.00"))
    wrong = replace(snapshot, ledger=replace(snapshot.ledger, by_country=(country, *others)))
    sealed(folder, snapshot_json=canonical(wrong))
    found = verification.verify(folder).wrong
    assert any(
        "obligated of the amounts by country, Australia is $99.00, and the lines come to" in each for each in found
    )
    assert "report.json is not what the snapshot gives." in found


def test_a_figure_of_the_model_that_the_pdf_does_not_print_is_named(folder: Path, files: dict[str, bytes]) -> None:
    sealed(folder, report_json=files["report.json"].replace(b'"text":"$30.00"', b'"text":"$31.07"'))
    found = verification.verify(folder).wrong
    assert any("Every fact is printed: money.obligated" in each for each in found)


def told_anew(folder: Path, **fields: Any) -> None:
    """The manifest with other fields, and its own hash to match."""
    told = msgspec.json.decode((folder / "manifest.json").read_bytes())
    told["versions"] |= fields.pop("versions", {})
    content = msgspec.json.format(msgspec.json.encode(told | fields, order="sorted"), indent=1) + b"\n"
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sha256").write_bytes(package.seal(content))


OTHERS = {"typst": "0.1", "architecture": "another machine"}


def test_what_was_made_with_other_versions_is_made_again_all_the_same(folder: Path) -> None:
    told_anew(folder, versions=OTHERS)
    found = verification.verify(folder)
    assert found.wrong == ()
    [said] = found.not_repeated
    assert "typst (0.1, here" in said
    assert "architecture (another machine, here" in said
    assert said.endswith("Each of them came out the same here.")
    assert "The model was made again from the snapshot." in found.checked


@pytest.mark.parametrize("other", [{"pipir": "0.0.9"}, {"program": "0" * 64}])
def test_what_another_state_of_the_program_made_is_not_called_wrong(folder: Path, other: dict[str, str]) -> None:
    """One version stands for many states of the program; a report of any of them stays what it was."""
    sealed(folder, report_json=(folder / "report.json").read_bytes().replace(b"Partnership", b"partnership"))
    assert any("is not what the snapshot gives" in each for each in verification.verify(folder).wrong)
    told_anew(folder, versions=other)
    found = verification.verify(folder)
    assert not any("is not what the snapshot gives" in each for each in found.wrong)
    [said] = found.not_repeated
    assert said.startswith("The model and the files: they were made with pipir ")
    assert next(iter(other.values()))[:12] in said


def test_a_file_that_other_versions_excuse_is_named_and_the_others_hold(folder: Path, files: dict[str, bytes]) -> None:
    """Who edits a page and says that another machine made it is not believed: the page was not repeated."""
    sealed(folder, report_html=files["report.html"].replace(b"$30.00", b"$31.00"))
    told_anew(folder, versions=OTHERS)
    found = verification.verify(folder)
    assert found.wrong == ()
    [said] = found.not_repeated
    assert said.startswith("report.html byte for byte: they were made with other architecture")
    assert said.endswith("the other files came out the same.")


ANOTHER = {"program": "0" * 64}


@pytest.mark.parametrize("name", ["report.json", "report.html", "report.docx", "report.xlsx", "snapshot.json"])
def test_a_file_that_the_manifest_of_another_program_leaves_out_is_missing_all_the_same(
    folder: Path, name: str
) -> None:
    """What nobody can repeat here is still whole, or it is no report."""
    (folder / name).unlink()
    left_out(folder, name)
    assert (
        f"manifest.json does not name {name}, which every package of a report holds."
        in verification.verify(folder).wrong
    )


def test_a_package_of_another_program_has_pages_all_the_same(folder: Path) -> None:
    pages = (folder / "report.pdf").read_bytes()
    (folder / "report.pdf").unlink()
    left_out(folder, "report.pdf")
    missing = "manifest.json names neither report.pdf nor volumes of it: nobody could print the report."
    assert missing in verification.verify(folder).wrong
    named = {"report-volume-1.pdf": pages, "report-volume-3.pdf": pages}
    for name, content in named.items():
        (folder / name).write_bytes(content)
    added(folder, **named)
    gap = "manifest.json names report-volume-1.pdf and report-volume-3.pdf: volumes before, between or after them are "
    assert f"{gap}missing." in verification.verify(folder).wrong
    (folder / "report-volume-3.pdf").rename(folder / "report-volume-2.pdf")
    left_out(folder, "report-volume-3.pdf")
    added(folder, **{"report-volume-2.pdf": pages})
    assert not [each for each in verification.verify(folder).wrong if "volumes" in each]


def test_a_file_that_is_none_of_a_reports_is_told_though_the_manifest_names_it(folder: Path) -> None:
    (folder / "appendix-signed.pdf").write_bytes(b"%PDF-1.7 and no more")
    added(folder, **{"appendix-signed.pdf": b"%PDF-1.7 and no more"})
    assert verification.verify(folder).wrong == ("appendix-signed.pdf is no file of a report's package.",)


def test_files_that_were_exchanged_are_told_though_another_program_made_them(
    folder: Path, files: dict[str, bytes]
) -> None:
    sealed(folder, report_html=files["report.docx"], report_docx=files["report.xlsx"], report_xlsx=b"PK no more")
    told_anew(folder, versions=ANOTHER)
    assert verification.verify(folder).wrong == (
        "report.html is no HTML page.",
        "report.docx is no Word document.",
        "report.xlsx is no workbook.",
    )


def left_out(folder: Path, name: str) -> None:
    """The manifest of another program without a file."""
    files = msgspec.json.decode((folder / "manifest.json").read_bytes())["files"]
    told_anew(folder, versions=ANOTHER, files={each: said for each, said in files.items() if each != name})


def added(folder: Path, **named: bytes) -> None:
    """The manifest of another program with more files."""
    files = msgspec.json.decode((folder / "manifest.json").read_bytes())["files"]
    more = {name: {"sha256": package.digest(content), "size": len(content)} for name, content in named.items()}
    told_anew(folder, versions=ANOTHER, files=files | more)


def test_a_manifest_that_says_of_the_report_what_the_model_does_not_is_found(folder: Path) -> None:
    """Its own hash says that it is whole, and other versions that its bytes are no matter."""
    said = {"marking": "UNCLASSIFIED", "status": "", "title": "Another report", "frozen_at": "2027-01-16T00:00:00Z",
            "ribbons": ["CLEARED"], "approved": "by nobody"}  # fmt: skip
    told_anew(folder, versions=OTHERS, **said)
    assert verification.verify(folder).wrong == tuple(
        f"manifest.json and report.json differ in what they say of the report: {field}." for field in sorted(said)
    )


@pytest.mark.parametrize("edit", [{"installation": "elsewhere"}, {"marking": "SECRET"}, {"year": 2050}])
def test_a_snapshot_of_which_no_report_can_be_made_is_told_and_not_stumbled_over(
    folder: Path, edit: dict[str, Any]
) -> None:
    sealed(folder, snapshot_json=canonical(replace(with_lines(), **edit)))
    told = [each for each in verification.verify(folder).wrong if "snapshot.json gives no report: its parts" in each]
    assert len(told) == 1
    assert "Error" not in told[0]


def test_a_folder_without_a_manifest_or_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    assert verification.verify(tmp_path).wrong[0].startswith("manifest.json is not there")
    with pytest.raises(Invalid, match="cannot be read"):
        verification.verify(tmp_path / "nowhere")


def test_the_command_needs_no_database_and_its_code_says_whether_the_package_holds(folder: Path) -> None:
    def ran() -> subprocess.CompletedProcess[str]:
        words = [str(Path(sys.executable).with_name("pipir")), "report", "verify", str(folder)]
        return subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, env={"PATH": "/usr/bin"})

    whole = ran()
    assert (whole.returncode, whole.stdout.splitlines()[-1]) == (0, "The package holds."), whole.stderr
    told_anew(folder, versions=OTHERS)
    assert ran().stdout.splitlines()[-1] == "The package holds, as far as it could be repeated here."
    edited(folder / "report.pdf", 5000)
    broken = ran()
    assert broken.returncode == 1
    assert "WRONG. report.pdf was changed" in broken.stdout
