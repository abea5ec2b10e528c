"""What a line of text may hold."""

import msgspec
import pytest

from pipir.kernel.text import Line


class _Body(msgspec.Struct):
    line: Line


@pytest.mark.parametrize("text", ["abc\n", "a\nb", "\n", " ", "", "a\x00", "a\r", "x" * 201])
def test_a_line_holds_no_line_end_and_no_control_character(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"line": text}, _Body)


def test_a_line_holds_any_script() -> None:
    assert msgspec.convert({"line": "日本 - Ελλάδα"}, _Body).line == "日本 - Ελλάδα"
