"""Every block a page can hold meets the definition of done (docs/adding-a-block.md)."""

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from wagtail import blocks as wagtail_blocks
from wagtail.admin.icons import get_icons

from blocks import roles
from blocks.base import SKELETONS, PortalBlock
from blocks.registry import block_classes, blocks_serving
from cms.pages.models import PortalPage

CHINESE = re.compile(r"[\u4e00-\u9fff]")
NAMES = list(block_classes())


def bound(name: str) -> PortalBlock:
    return PortalPage._meta.get_field("body").stream_block.child_blocks[name]


def fields_of(block: wagtail_blocks.Block, path: str) -> Any:
    for name, child in getattr(block, "child_blocks", {}).items():
        yield f"{path}.{name}", child
        yield from fields_of(child, f"{path}.{name}")
    if isinstance(block, wagtail_blocks.ListBlock):
        yield from fields_of(block.child_block, path)


@pytest.mark.parametrize("name", NAMES)
def test_a_block_tells_staff_what_it_is(name: str) -> None:
    block = bound(name)
    for text in (block.label, block.meta.group, block.get_description()):
        assert CHINESE.search(str(text)), f"{name}: {text!r} is not Chinese"
    assert str(block.get_description()).endswith("。"), name
    assert block.meta.icon != "placeholder", name
    assert f'id="icon-{block.meta.icon}"' in get_icons(), f"{name}: the desk has no icon {block.meta.icon}"


@pytest.mark.parametrize("name", NAMES)
def test_every_field_of_a_block_is_labelled_in_chinese(name: str) -> None:
    for path, child in fields_of(bound(name), name):
        assert CHINESE.search(str(child.label)), f"{path}: {child.label!r}"


@pytest.mark.parametrize("name", NAMES)
def test_a_block_has_its_own_template_and_the_common_settings_behind_its_content(name: str) -> None:
    block = bound(name)
    assert get_template(block.meta.template)
    assert block.meta.form_layout.settings[-1] == "settings"
    assert "settings" not in block.meta.form_layout.children


@pytest.mark.parametrize("name", NAMES)
def test_a_block_names_only_roles_that_exist(name: str) -> None:
    block = bound(name)
    assert block.serves is None or block.serves in roles.ROLES
    assert set(block.links_to) <= set(roles.ROLES)
    assert block.skeleton in SKELETONS
    assert block.delivery == "island" or not (block.actions or block.needs_account or block.cache_seconds)
    if block.serves:
        assert name in blocks_serving(block.serves)


@pytest.mark.parametrize("name", NAMES)
def test_the_picker_shows_a_block_as_patients_will_see_it(name: str, client: Client, db: Any) -> None:
    block = bound(name)
    assert block.is_previewable
    client.force_login(get_user_model().objects.create_superuser("editor", "e@example.org", "x"))
    response = client.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
    html = response.content.decode()
    assert response.status_code == 200
    body = re.sub(r"<[^>]+>|\s", "", html.split("<body")[1].split(">", 1)[1])
    assert "ph-" in html.split('class="ph-block ')[1]
    assert CHINESE.search(body) or "<img" in html or "<svg" in html.split("<body")[1], f"{name}: nothing to see"
    assert "style=" not in html
    assert "<script" not in html
