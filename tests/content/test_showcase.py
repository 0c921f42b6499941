"""The demonstration's showcase: every content block, none broken, and the same page when loaded again."""

from typing import Any

import pytest
from django.test import Client

from blocks.registry import block_classes, family_of
from fixtures.demo.showcase import make_showcase
from tests.content.building import assert_outline_has_no_gaps
from tests.factories import CampusFactory
from tests.pages.building import make_page

pytestmark = pytest.mark.django_db
# A notice of the hospital is shown by the notice bar, which has a table of its own.
ELSEWHERE = {"notice"}


def test_the_showcase_holds_every_content_block_and_every_one_is_shown(home: Any, site: Any, client: Client) -> None:
    CampusFactory(address="解放大道 1088 号")
    for role in ("registration.departments", "registration.mine", "patients.list", "messages", "account.me"):
        make_page(home, role, service_role=role)
    page = make_showcase(home)
    used = {child.block_type for child in page.body}
    assert {name for name in block_classes() if family_of(name) == "content"} - ELSEWHERE <= used
    html = client.get(page.url).content.decode()
    assert "暂时打不开" not in html
    main = html.split('id="main"')[1].split("</main>")[0]
    assert main.count('class="ph-block ') == len(page.body)
    assert_outline_has_no_gaps(main)
    assert "style=" not in main
    assert make_showcase(home).pk == page.pk
