"""Workbooks as no honest program writes them."""

import io
import zipfile
from collections.abc import Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
HIDDEN = 'state="hidden" '
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def row_of(texts: Sequence[str], number: object = "") -> str:
    """A row whose cells hold their texts."""
    cells = "".join(f'<c t="inlineStr"><is><t>{each}</t></is></c>' for each in texts)
    return f'<row r="{number}">{cells}</row>' if number != "" else f"<row>{cells}</row>"


def book_of(
    *rows: str,
    after: str = "",
    before: str = "",
    main: str = MAIN,
    sheets: int = 1,
    shared: str = "",
    hidden: int = 0,
) -> bytes:
    """A workbook of these rows, the same in each sheet; `hidden` is the number of one that nobody sees."""
    of = "http://purl.oclc.org/ooxml" if main == STRICT else "http://schemas.openxmlformats.org"
    middle = "" if main == STRICT else "/2006"
    numbers = range(1, sheets + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" {HIDDEN if n == hidden else ""}r:id="r{n}"/>' for n in numbers)
    targets = "".join(f'<Relationship Id="r{n}" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{of}/officeDocument{middle}/relationships">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{targets}</Relationships>',
    }
    if shared:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}"><si><t>{shared}</t></si></sst>'
    for n in numbers:
        sheet = f"<sheetData>{''.join(rows)}</sheetData>{after}"
        parts[f"xl/worksheets/sheet{n}.xml"] = f'{before}<worksheet xmlns="{main}">{sheet}</worksheet>'
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()
