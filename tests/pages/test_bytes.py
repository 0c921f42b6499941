"""What a phone has to load for a page, photos left out (goal W1): 80 kB over the wire."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from cms.pages.models import PortalPage
from tests.pages.building import block, make_page

pytestmark = pytest.mark.django_db
BUDGET = 80_000
ADDRESSES = re.compile(r'(?:src|href)="/static/([^"#?]+)')


def _packed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def test_a_home_page_and_all_it_loads_stay_within_eighty_kilobytes(home: PortalPage, site: Any) -> None:
    kinds = ["icon_grid", "notice", "steps", "accordion", "card_list", "rich_text", "article_list", "notice_bar"]
    defined = home.body.stream_block.child_blocks
    blocks = [
        block(kind, defined[kind].get_prep_value(defined[kind].get_preview_value()))
        for kind in kinds
        if kind in defined
    ]
    page = make_page(home, "服务大厅", blocks, slug="hall")
    html = Client().get(page.url).content
    files = {name for name in ADDRESSES.findall(html.decode()) if not name.startswith("blocks/preview/")}
    sizes = {name: _packed(Path(str(finders.find(name))).read_bytes()) for name in files}
    total = _packed(html) + sum(sizes.values())
    assert total <= BUDGET, sorted(sizes.items(), key=lambda item: -item[1])
    assert len(files) >= 3
