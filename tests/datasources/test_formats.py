"""How values of an answer are written."""

import pytest

from blocks.data import formats


@pytest.mark.parametrize("kind", ["number", "yuan", "fen"])
@pytest.mark.parametrize("value", ["1e999999999", "-1E+900000", "1e-999999999"])
def test_a_number_with_a_million_digits_is_not_written_out(kind: str, value: str) -> None:
    assert formats.shown(value, kind) == value


def test_plain_amounts_are_written_as_before() -> None:
    assert formats.shown("98000", "fen") == "¥980.00"
    assert formats.shown(0, "yuan") == "¥0.00"
    assert formats.shown(1234567.5, "number") == "1,234,567.5"
