"""Where to go, and codes to scan."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks import freshness
from blocks.base import GROUP_ENTRANCES, PortalBlock
from blocks.conditions import when
from blocks.visibility import campus_choices
from business.hospital import queries as hospital

MOST_CHARACTERS = 500


def baidu_web(name: str, address: str, latitude: Decimal | None, longitude: Decimal | None) -> str:
    """Return the address that shows a place on Baidu's map in a browser; by its words where it has no coordinates."""
    source = "webapp.hospital.portal"
    if latitude is None or longitude is None:
        return "https://api.map.baidu.com/geocoder?" + urlencode({"address": address, "output": "html", "src": source})
    query = {"location": f"{latitude},{longitude}", "title": name, "content": address, "output": "html", "src": source}
    return "https://api.map.baidu.com/marker?" + urlencode(query)


def baidu_app(name: str, address: str, latitude: Decimal | None, longitude: Decimal | None) -> str:
    """Return the address that opens Baidu's map on the phone, with the way to the place."""
    to = f"name:{name}|latlng:{latitude},{longitude}" if latitude is not None and longitude is not None else address
    query = {"destination": to, "coord_type": "bd09ll", "src": "andr.hospital.portal"}
    return "baidumap://map/direction?" + urlencode(query, quote_via=quote)


@dataclass(frozen=True)
class Place:
    """What a map needs to know of a campus."""

    name: str
    address: str
    latitude: Decimal | None
    longitude: Decimal | None


def _campuses() -> dict[str, Place]:
    return {c.code: Place(c.name, c.address, c.latitude, c.longitude) for c in hospital.campuses()}


class MapBlock(PortalBlock):
    """A place with its address, the way there in Baidu's map, and the address to copy; no map is loaded."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False, default=_("来院路线"))
    campus = blocks.ChoiceBlock(
        label=_("院区"),
        choices=campus_choices,
        required=False,
        help_text=_("选了院区，名称、地址、坐标就用医院资料里的，搬迁后自动更新。"),
    )
    name = blocks.CharBlock(label=_("或填写地点名称"), max_length=40, required=False)
    address = blocks.CharBlock(label=_("地址"), max_length=120, required=False)
    latitude = blocks.DecimalBlock(
        label=_("纬度"), required=False, min_value=-90, max_value=90, max_digits=9, decimal_places=6
    )
    longitude = blocks.DecimalBlock(
        label=_("经度"),
        required=False,
        min_value=-180,
        max_value=180,
        max_digits=9,
        decimal_places=6,
        help_text=_("百度地图的坐标；不填时按地址搜索。"),
    )
    way = blocks.TextBlock(label=_("怎么来"), required=False, rows=3, help_text=_("公交、地铁、停车，一行一条。"))

    class Meta:
        label = _("地图")
        icon = "site"
        group = GROUP_ENTRANCES
        description = _("医院或院区的地址，一点就用百度地图导航，可以复制地址。")
        template = "blocks/content/map.html"
        preview_value = {
            "title": "来院路线",
            "name": "江城示范医院 主院区",
            "address": "江城市江岸区解放大道 1088 号",
            "way": "地铁 1 号线「示范医院」站 B 出口\n公交 301、507 路",
        }
        conditions = {name: when("campus", "", "None") for name in ("name", "address", "latitude", "longitude")}

    def clean(self, value: Any) -> Any:
        """Hold staff to a place somebody can find."""
        cleaned = super().clean(value)
        errors: dict[str, ValidationError] = {}
        if not cleaned["campus"] and not self.is_deferred_validation:
            if not cleaned["name"]:
                errors["name"] = ValidationError(_("请选择院区，或填写地点名称。"))
            if not cleaned["address"]:
                errors["address"] = ValidationError(_("请填写地址，患者要能复制。"))
        if (cleaned["latitude"] is None) != (cleaned["longitude"] is None):
            lacking = "latitude" if cleaned["latitude"] is None else "longitude"
            errors[lacking] = ValidationError(_("经度和纬度要一起填，或者都不填。"))
        if errors:
            raise StructBlockValidationError(block_errors=errors)
        return cleaned

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the place; that of a campus comes from the hospital's own records."""
        name, address = value["name"], value["address"]
        latitude, longitude = value["latitude"], value["longitude"]
        if value["campus"]:
            campus = freshness.remember("map.campuses", _campuses).get(value["campus"])
            if campus is None:
                return {"name": ""}
            name, address, latitude, longitude = campus.name, campus.address, campus.latitude, campus.longitude
        return {
            "name": name,
            "address": address,
            "web_url": baidu_web(name, address, latitude, longitude),
            "app_url": baidu_app(name, address, latitude, longitude),
            "ways": [line.strip() for line in (value["way"] or "").splitlines() if line.strip()],
        }


def qr_svg(text: str) -> SafeString:
    """Return a code as SVG without styles, readable in the dark too: its ground is white."""
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(scale=4, border=3, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None)
    return mark_safe(svg)  # noqa: S308  # drawn by segno from the text's bits; holds none of its characters


class QrCodeBlock(PortalBlock):
    """A code to scan with another phone or to keep: a page, an address, or words."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    source = blocks.ChoiceBlock(
        label=_("扫出来是什么"),
        choices=[("page", _("站内页面")), ("text", _("网址或文字"))],
        default="page",
    )
    page = blocks.PageChooserBlock(label=_("页面"), required=False)
    text = blocks.CharBlock(label=_("网址或文字"), required=False, max_length=MOST_CHARACTERS)
    caption = blocks.CharBlock(
        label=_("说明"), max_length=40, default=_("长按或扫描二维码"), help_text=_("告诉患者扫了以后会看到什么。")
    )

    class Meta:
        label = _("二维码")
        icon = "link"
        group = GROUP_ENTRANCES
        description = _("把页面、网址或文字做成二维码，打印张贴或长按识别。")
        template = "blocks/content/qr_code.html"
        preview_value = {
            "title": "扫码关注我们",
            "source": "text",
            "text": "https://www.example.org/",
            "caption": "扫描二维码，关注医院公众号",
        }
        conditions = {"page": when("source", "page"), "text": when("source", "text")}

    def clean(self, value: Any) -> Any:
        """Refuse a code of nothing."""
        cleaned = super().clean(value)
        field = "page" if cleaned["source"] == "page" else "text"
        if not cleaned[field] and not self.is_deferred_validation:
            sentence = _("请选择页面。") if field == "page" else _("请填写网址或文字。")
            raise StructBlockValidationError(block_errors={field: ValidationError(sentence)})
        return cleaned

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the code; nothing where the page is gone or not live."""
        text = value["text"] or ""
        if value["source"] == "page":
            page = value["page"]
            text = (page.full_url or "") if page is not None and page.live else ""
        return {"svg": qr_svg(text) if text else "", "target": text if text.startswith("http") else ""}
