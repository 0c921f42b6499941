"""Pictures in blocks: what patients get, and that a gone file breaks nothing."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.content.building import item, shown
from tests.pages.building import make_image

pytestmark = pytest.mark.django_db


def photo(alt: str = "门诊楼") -> dict[str, Any]:
    return {"image": make_image().pk, "alt_text": alt, "decorative": not alt}


def test_a_gallery_is_links_to_large_pictures_with_words(home: Any, site: Any, client: Client) -> None:
    items = [item({"image": photo("大厅"), "caption": "门诊大厅"}), item({"image": photo(""), "caption": ""})]
    html = shown(client, home, ("gallery", {"title": "环境", "items": items}))
    assert len(re.findall(r'<a href="/media/[^"]+" data-caption=', html)) == 2
    assert 'aria-label="查看大图：大厅"' in html
    assert 'aria-label="查看大图：第 2 张图片"' in html  # decoration elsewhere, here it can be opened


def test_a_pair_shows_what_is_there(home: Any, site: Any, client: Client) -> None:
    link = {"role": "home"}
    value = {"left": {"image": photo(), "caption": "主院区", "link": link}, "right": {"image": photo(""), "link": link}}
    html = shown(client, home, ("image_pair", value))
    assert html.count("<figure") == 2
    assert 'aria-label="首页"' in html  # a decorated picture that links says where to
    value["right"]["image"] = None
    assert shown(client, home, ("image_pair", value)).count("<figure") == 1


def test_a_picture_whose_file_is_gone_leaves_no_hole(home: Any, site: Any, client: Client) -> None:
    picture = photo()
    from wagtail.images.models import Image

    image = Image.objects.get(pk=picture["image"])
    image.file.storage.delete(image.file.name)
    html = shown(
        client,
        home,
        ("image", {"image": picture, "caption": "图注"}),
        ("gallery", {"items": [item({"image": picture})]}),
        ("timeline", {"items": [item({"when": "1956", "title": "建院", "image": picture})]}),
    )
    assert "<img" not in html
    assert "图注" not in html
    assert "建院" in html
