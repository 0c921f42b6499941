"""The catalogue of blocks tells of every block, and tells the truth."""

from django.core.management import call_command

from blocks.catalogue import catalogue
from blocks.registry import block_classes


def test_the_catalogue_in_docs_is_not_stale() -> None:
    call_command("block_catalogue", check=True)


def test_the_catalogue_tells_of_every_block_and_who_may_use_it() -> None:
    text = catalogue()
    for name in block_classes():
        assert f" `{name}`\n" in text
    raw = text.split("`raw_html`")[1].split("###")[0]
    assert "仅管理员" in raw
    assert "| `html` | HTML 代码 | 多行文字 | 是 |  |" in raw
