"""What became of each block between two versions: moved, added, removed, changed in a list, another picture."""

from typing import Any

import pytest

from blocks.registry import PortalStreamBlock
from cms.editor.changes.body import Entry, entries
from cms.pages.models import PortalPage
from tests.pages.building import block, make_image

pytestmark = [pytest.mark.django_db, pytest.mark.req("46.14")]


def body(*blocks: dict[str, Any]) -> Any:
    """Return blocks as a saved page holds them."""
    stream: PortalStreamBlock = PortalPage._meta.get_field("body").stream_block
    return stream.to_python(list(blocks))


def words(name: str, text: str = "") -> dict[str, Any]:
    return {**block("rich_text", {"title": name, "text": f"<p>{text or name}</p>"}), "id": f"id-{name}"}


def told(found: list[Entry]) -> list[tuple[str, bool, int]]:
    return [(one.kind, one.moved, one.count) for one in found]


def steps(*titles: str) -> dict[str, Any]:
    items = [{"type": "item", "value": {"title": one, "text": ""}, "id": f"step-{one}"} for one in titles]
    return {**block("steps", {"title": "流程", "items": items}), "id": "id-steps"}


def test_one_block_that_moved_is_told_and_those_it_passed_are_not() -> None:
    found = entries(body(*map(words, "甲乙丙丁")), body(*map(words, "丁甲乙丙")))
    assert told(found) == [("moved", True, 1), ("same", False, 3)]


def test_added_and_removed_blocks_stand_where_they_are_or_were() -> None:
    found = entries(body(*map(words, "甲乙丙")), body(*map(words, "甲新丙")))
    assert [one.kind for one in found] == ["same", "removed", "added", "same"]
    removed, added = found[1], found[2]
    assert [str(html) for _label, html in removed.rows] == ["乙", "乙"]
    assert [str(html) for _label, html in added.rows] == ["新", "新"]


def test_what_is_gone_from_the_beginning_stands_there_in_its_order() -> None:
    found = entries(body(*map(words, "甲乙丙")), body(words("丙")))
    assert [(one.kind, str(one.rows[0][1]) if one.rows else "") for one in found] == [
        ("removed", "甲"),
        ("removed", "乙"),
        ("same", ""),
    ]


def test_a_block_that_moved_and_changed_says_both() -> None:
    found = entries(body(words("甲"), words("乙")), body(words("乙", "周六看诊"), words("甲")))
    assert told(found)[0] == ("changed", True, 1)
    ((label, html),) = found[0].rows
    assert label
    assert "周六看诊" in str(html)


def test_items_of_a_list_are_known_again_after_a_move() -> None:
    before, after = body(steps("预约", "报到", "就诊")), body(steps("就诊", "预约", "缴费"))
    (found,) = entries(before, after)
    texts = " ".join(str(html) for _label, html in found.rows)
    assert found.kind == "changed"
    assert "缴费" in texts
    assert "报到" in texts
    assert "预约" not in texts


def test_items_of_a_list_in_another_order_are_a_change() -> None:
    (found,) = entries(body(steps("预约", "报到")), body(steps("报到", "预约")))
    assert found.kind == "changed"
    assert [str(html) for _label, html in found.rows] == ["里面各项的先后变了，请看预览。"]


def test_another_picture_is_shown_beside_the_one_before(home: Any) -> None:
    old, new = make_image("旧楼"), make_image("新楼")

    def shown(image: Any) -> dict[str, Any]:
        chosen = {"image": image.pk, "alt_text": "楼", "decorative": False}
        return {**block("image", {"image": chosen, "caption": "院区"}), "id": "id-image"}

    (found,) = entries(body(shown(old)), body(shown(new)))
    (row,) = found.rows
    assert "旧楼" in row[1]
    assert "新楼" in row[1]
    assert row[1].count("<img ") == 2


def test_nothing_staff_typed_becomes_markup() -> None:
    (found,) = entries(body(), body(words("<script>alert(1)</script>")))
    assert not any("<script" in str(html) for _label, html in found.rows)
