"""Fields that appear when they matter: what is hidden neither stops anybody nor is stored."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from wagtail import blocks

from blocks.base import complete
from blocks.conditions import ChosenBlock, ConditionalBlock, when
from blocks.content.card_list import CardListBlock
from blocks.content.icon_grid import EntranceBlock
from blocks.links import LinkBlock, linked_roles
from blocks.registry import block_classes
from blocks.visibility import SettingsBlock

NOW = timezone.now()


class Parcel(ConditionalBlock):
    size = ChosenBlock(label="大小", choices=[("small", "小"), ("large", "大")])
    lift = blocks.BooleanBlock(label="要电梯", required=False)
    floor = blocks.IntegerBlock(label="楼层")
    note = blocks.CharBlock(label="备注", required=False, max_length=5)

    class Meta:
        conditions = {
            "lift": when("size", "large"),
            "floor": when("lift"),
            "note": when("size", "large", keep=True),
        }


def parcel(**values: Any) -> Any:
    return Parcel().clean(complete(Parcel(), values))


@pytest.mark.req("7.1")
def test_a_hidden_required_field_stops_nobody_and_its_value_is_cleared() -> None:
    cleaned = parcel(size="small", lift=True, floor=3, note="轻放")
    assert cleaned["floor"] is None
    assert not cleaned["lift"]


def test_a_hidden_value_declared_as_kept_stays_even_where_it_would_not_be_valid() -> None:
    assert parcel(size="small", note="太长太长太长太长")["note"] == "太长太长太长太长"


def test_a_field_that_shows_is_held_to_its_rules() -> None:
    with pytest.raises(ValidationError):
        parcel(size="large", lift=True)
    assert parcel(size="large", lift=True, floor=2)["floor"] == 2


def test_what_depends_on_a_hidden_field_is_hidden_too() -> None:
    assert Parcel().hidden({"size": "small", "lift": True, "floor": 1}) == {"lift", "floor", "note"}


def test_conditions_that_name_no_field_are_refused_at_once() -> None:
    class Wrong(ConditionalBlock):
        note = blocks.CharBlock()

        class Meta:
            conditions = {"note": when("size", "small")}

    with pytest.raises(ValueError, match="note"):
        Wrong()


def test_the_form_carries_the_rules_for_the_script() -> None:
    attrs = Parcel().meta.form_attrs
    assert attrs["data-controller"] == "portal-conditions"
    rules = json.loads(attrs["data-portal-conditions-rules-value"])
    assert rules["floor"] == {"field": "lift", "values": [], "enclosing": False}


@pytest.mark.django_db
class TestLinks:
    def test_links_stored_before_the_choice_existed_keep_their_meaning(self) -> None:
        block = LinkBlock(required=False)
        old = block.to_python({"role": "", "page": None, "url": "tel:027-1", "text": "电话"})
        assert old.url == "tel:027-1"
        assert block.get_form_state(old)["kind"] == ["url"]
        assert block.clean(old)["kind"] == "url"
        assert block.get_form_state(block.to_python({"role": "home"}))["kind"] == ["role"]

    @pytest.mark.parametrize(
        ("raw", "kind"),
        [({"role": "home"}, "role"), ({"url": "/guide/"}, "url"), ({"text": "看"}, "none"), ({}, "none")],
    )
    def test_a_link_without_a_kind_is_cleaned_wherever_it_is_kept(self, raw: dict[str, Any], kind: str) -> None:
        link = LinkBlock(required=False)
        struct = blocks.StructBlock([("link", link)])
        stream = blocks.StreamBlock([("card", struct), ("links", blocks.ListBlock(link))])
        stored = [{"type": "card", "value": {"link": raw}}, {"type": "links", "value": [raw, raw]}]
        made = [("card", {"link": raw}), ("links", [raw, raw])]
        for body in (stream.to_python(stored), stream.bulk_to_python([stored])[0], stream.normalize(made)):
            cleaned = stream.clean(body)
            assert [one["kind"] for one in (cleaned[0].value["link"], *cleaned[1].value)] == [kind] * 3
        assert link.clean(link.normalize(raw))["kind"] == kind

    def test_a_new_link_begins_where_staff_want_it(self) -> None:
        assert LinkBlock().get_form_state(LinkBlock().get_default())["kind"] == ["role"]
        assert LinkBlock(required=False).get_form_state(LinkBlock().get_default())["kind"] == ["none"]

    def test_only_the_chosen_kind_counts_and_is_stored(self) -> None:
        block = LinkBlock()
        cleaned = block.clean(complete(block, {"kind": "url", "role": "home", "url": "/guide/", "phone": "120"}))
        assert (cleaned["role"], cleaned["phone"], cleaned["url"]) == (None, None, "/guide/")
        assert cleaned.url == "/guide/"
        assert complete(block, {"kind": "url", "role": "home", "url": "/guide/"}).url == "/guide/"
        assert linked_roles(block, {"kind": "url", "role": "home"}) == set()

    def test_no_link_is_no_link_whatever_was_typed(self) -> None:
        block = LinkBlock(required=False)
        cleaned = block.clean(complete(block, {"kind": "none", "url": "javascript:x", "text": "看"}))
        assert not cleaned.is_set
        assert cleaned["url"] is None

    @pytest.mark.parametrize(
        ("typed", "address"), [("027-12345678", "tel:02712345678"), ("+86 27 1234", "tel:+86271234")]
    )
    def test_a_phone_number_is_dialled(self, typed: str, address: str) -> None:
        assert LinkBlock().clean(complete(LinkBlock(), {"kind": "phone", "phone": typed})).url == address

    @pytest.mark.parametrize(
        ("kind", "typed"), [("phone", "打电话"), ("phone", ""), ("url", ""), ("page", None), ("role", "")]
    )
    def test_a_missing_destination_is_told_at_its_field(self, kind: str, typed: str | None) -> None:
        with pytest.raises(ValidationError) as failure:
            LinkBlock().clean(complete(LinkBlock(), {"kind": kind, kind: typed}))
        assert set(failure.value.block_errors) == {kind}


@pytest.mark.django_db
class TestSettings:
    def test_dates_without_a_choice_make_a_block_timed(self) -> None:
        old = complete(SettingsBlock(), {"visible_until": NOW})
        assert SettingsBlock().get_form_state(old)["schedule"] == ["timed"]
        assert SettingsBlock().clean(old)["visible_until"] == NOW

    def test_always_forgets_the_dates_even_wrong_ones(self) -> None:
        value = complete(SettingsBlock(), {"schedule": "always", "visible_from": NOW, "visible_until": NOW})
        cleaned = SettingsBlock().clean(value)
        assert cleaned["visible_from"] is None
        assert cleaned["visible_until"] is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"badge_kind": "new"}, ("new", "", None)),
        ({"badge_kind": "count", "badge_count": 7}, ("count", "", 7)),
        ({"badge_kind": "text", "badge": "热门"}, ("text", "热门", None)),
        ({"badge_kind": "none", "badge": "旧"}, ("none", "", None)),
        ({"badge": "热门"}, ("text", "热门", None)),
        ({}, ("none", "", None)),
    ],
)
def test_the_badge_staff_chose_is_the_badge_that_is_stored(given: dict[str, Any], kept: tuple[Any, ...]) -> None:
    block = EntranceBlock()
    value = complete(block, {"label": "挂号", "link": {"role": "home"}, **given})
    assert block.get_form_state(value)["badge_kind"] == [kept[0]]
    cleaned = block.clean(value)
    assert (cleaned["badge_kind"], cleaned["badge"] or "", cleaned["badge_count"]) == kept


def test_a_cards_picture_depends_on_the_style_of_its_list_and_stays() -> None:
    card = CardListBlock().child_blocks["items"].child_block
    rules = json.loads(card.meta.form_attrs["data-portal-conditions-rules-value"])
    assert rules["image"] == {"field": "style", "values": ["picture"], "enclosing": True}
    assert card.hidden({}) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(block_classes()))
def test_every_block_settles_to_the_same_value_twice(name: str) -> None:
    block = block_classes()[name]()
    once = block.without_hidden(block.get_preview_value())
    assert block.get_prep_value(block.without_hidden(once)) == block.get_prep_value(once)
