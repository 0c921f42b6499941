"""One link in every block: to a step of the portal, to a page, or to an address outside."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks import roles
from blocks.conditions import ChosenBlock, ConditionalBlock, when

DESTINATIONS = ("role", "page", "url", "phone")
KINDS = [("role", _("医院功能")), ("page", _("站内页面")), ("url", _("网址")), ("phone", _("电话"))]
MISSING = {
    "role": _("请选择功能、页面，或填写网址。"),
    "page": _("请选择页面。"),
    "url": _("请填写网址。"),
    "phone": _("请填写电话号码，例如：027-12345678。"),
}


def check_address(address: str) -> None:
    """Raise ValidationError unless ``address`` is a web address, a phone number or a path of this portal."""
    parts = urlsplit(address)
    if parts.scheme in ("tel", "mailto"):
        if not parts.path:
            raise ValidationError(_("请在冒号后面填写号码或邮箱。"))
        return
    if parts.scheme in ("http", "https"):
        if not parts.netloc:
            raise ValidationError(_("网址不完整，例如：https://www.example.com/"))
        return
    if parts.scheme or address.startswith("//") or "\\" in address or not address.startswith(("/", "#")):
        raise ValidationError(_("请填写以 https:// 开头的网址、以 / 开头的站内地址，或 tel: 加电话号码。"))


PHONE = re.compile(r"[0-9+][0-9 ()\-]{1,20}[0-9]")


def kind_of(value: Mapping[str, Any]) -> str:
    """Return what a link leads to: what staff chose, else (values older than the choice) what is filled in."""
    kind = value.get("kind")
    if kind:
        return str(kind)
    return next((name for name in DESTINATIONS if value.get(name)), "none")


def url_of(page: Any, request: Any = None) -> str:
    """Return a page's address; each is put together once a request, however many links lead there."""
    if request is None or not page.pk:
        return page.get_url(request) or ""
    known: dict[int, str] = request.__dict__.setdefault("portal_urls", {})
    if page.pk not in known:
        known[page.pk] = page.get_url(request) or ""
    return known[page.pk]


class LinkValue(blocks.StructValue):
    """Where a link leads."""

    def _given(self, name: str) -> Any:
        return self.get(name) if kind_of(self) == name else None

    def resolve(self, request: Any = None) -> str:
        """Return the address, empty where there is none (no page has the role, the page is not live)."""
        if role := self._given("role"):
            return roles.url_for(role, request) or ""
        if (page := self._given("page")) is not None:
            return url_of(page, request) if page.live else ""
        if phone := self._given("phone"):
            return "tel:" + re.sub(r"[^0-9+]", "", phone)
        return self._given("url") or ""

    @property
    def url(self) -> str:
        """Return the address without a request at hand."""
        return self.resolve()

    @property
    def label(self) -> str:
        """Return the words staff gave the link, else what it leads to."""
        if text := self.get("text"):
            return text
        if role := self._given("role"):
            return roles.label_of(role)
        page = self._given("page")
        return page.title if page is not None else (self._given("url") or self._given("phone") or "")

    @property
    def is_set(self) -> bool:
        """Whether staff chose anything."""
        kind = kind_of(self)
        return kind != "none" and bool(self.get(kind))

    @property
    def is_external(self) -> bool:
        """Whether the link leaves the portal."""
        return (self._given("url") or "").startswith(("http:", "https:"))


class LinkBlock(ConditionalBlock):
    """A link; ``required=False`` allows none."""

    kind = ChosenBlock(label=_("链接到"), choices=[("none", _("不链接")), *KINDS])
    role = blocks.ChoiceBlock(
        label=_("链接到功能"),
        choices=roles.choices,
        required=False,
        help_text=_("推荐：换了页面也不用改链接。"),
    )
    page = blocks.PageChooserBlock(label=_("链接到页面"), required=False)
    url = blocks.CharBlock(
        label=_("填写网址"),
        required=False,
        max_length=500,
        help_text=_("以 https:// 开头；站内地址以 / 开头。"),
    )
    phone = blocks.CharBlock(
        label=_("电话号码"), required=False, max_length=24, help_text=_("点一下就拨打，例如：027-12345678。")
    )
    text = blocks.CharBlock(
        label=_("链接文字"), required=False, max_length=20, help_text=_("留空则用功能或页面的名称。")
    )

    def __init__(self, local_blocks: Any = None, required: bool = True, **kwargs: Any) -> None:
        """Keep whether a link must be given; where it must, 「不链接」 is no choice."""
        super().__init__(local_blocks, **kwargs)
        self._link_required = required
        if required:
            kind = ChosenBlock(label=self.child_blocks["kind"].label, choices=KINDS)
            kind.set_name("kind")
            self.child_blocks["kind"] = kind

    class Meta:
        label = _("链接")
        icon = "link"
        value_class = LinkValue
        form_classname = "struct-block portal-link"
        label_format = "{text}"
        conditions = {
            **{name: when("kind", name) for name in DESTINATIONS},
            "text": when("kind", *DESTINATIONS),
        }

    @property
    def required(self) -> bool:
        """Whether the form marks the link as required."""
        return self._link_required

    def implied(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Say what a link without a kind leads to; a new one that must lead somewhere begins with a function."""
        if value.get("kind"):
            return {}
        kind = kind_of(value)
        return {"kind": "role" if kind == "none" and self._link_required else kind}

    def clean(self, value: Any) -> Any:
        """Hold staff to exactly one destination (or none where allowed)."""
        given = [name for name in DESTINATIONS if value.get(name)]
        if len(given) > 1 and not value.get("kind"):
            raise StructBlockValidationError(
                block_errors={name: ValidationError(_("功能、页面、网址只能选一个。")) for name in given[1:]}
            )
        cleaned = super().clean(value)
        kind = cleaned["kind"]
        if cleaned.get("url"):
            try:
                check_address(cleaned["url"])
            except ValidationError as error:
                raise StructBlockValidationError(block_errors={"url": error}) from error
        if cleaned.get("phone") and not PHONE.fullmatch(cleaned["phone"]):
            raise StructBlockValidationError(
                block_errors={"phone": ValidationError(_("请填写电话号码，例如：027-12345678。"))}
            )
        if kind != "none" and not cleaned.get(kind) and not self.is_deferred_validation:
            raise StructBlockValidationError(block_errors={kind: ValidationError(MISSING[kind])})
        return cleaned


def walk(value: Any) -> Iterator[Any]:
    """Yield every value inside a block value, itself included, children after parents, in their order."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, blocks.StructValue):
            waiting.extend(reversed(value.values()))
        elif isinstance(value, blocks.StreamValue):
            waiting.extend(item.value for item in reversed(value))
        elif isinstance(value, blocks.list_block.ListValue):
            waiting.extend(reversed(value))


def linked_roles(block: blocks.Block, raw: Any) -> set[str]:
    """Return the roles that the links of a stored value lead to; ``raw`` is the value as pages store it.

    Converting the value would fetch its pictures and pages from the database; the checks read every page of a portal.
    """
    if isinstance(block, LinkBlock):
        role = raw.get("role") if isinstance(raw, Mapping) and kind_of(raw) == "role" else ""
        return {role} if role else set()
    found: set[str] = set()
    if isinstance(block, blocks.StructBlock) and isinstance(raw, Mapping):
        for name, child in block.child_blocks.items():
            found |= linked_roles(child, raw.get(name))
    elif isinstance(block, blocks.ListBlock):
        for item in raw or []:
            found |= linked_roles(block.child_block, item["value"] if block._item_is_in_block_format(item) else item)
    elif isinstance(block, blocks.StreamBlock):
        for item in raw or []:
            if (child := block.child_blocks.get(item["type"])) is not None:
                found |= linked_roles(child, item["value"])
    return found
