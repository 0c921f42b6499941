"""The catalogue of blocks for people: docs/blocks.md, written from the registry by `manage.py block_catalogue`."""

from collections.abc import Iterator
from typing import Any

from django.utils import translation
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from blocks import roles
from blocks.base import PortalBlock
from blocks.links import LinkBlock
from blocks.registry import FAMILIES, PortalStreamBlock, block_classes, family_of

HEAD = """# 组件目录

由 `manage.py block_catalogue` 从代码生成，请不要手改；`tests/content/test_catalogue.py` 会发现它过期。

每个组件还有同样的「显示设置」：开始与停止显示的时间、谁能看到、从哪里进入、哪些院区、上下间距、卡片样式。
**静态**：对所有人都一样，随页面缓存；**动态**：因人或因时而变，页面打开后再取（设了对象、入口或院区的静态组件会自动变成动态）。

"""
FAMILY_NAMES = {
    "content": "内容",
    "articles": "文章",
    "notices": "公告",
    "help": "帮助",
    "places": "科室与院区",
    "data": "数据",
    "registration": "预约挂号",
    "visits": "报到与候诊",
    "payments": "缴费",
    "patients": "就诊人与账户",
}
# The first that fits; more special kinds before general ones.
KINDS: tuple[tuple[type[blocks.Block], str], ...] = (
    (LinkBlock, "链接"),
    (ImageBlock, "图片"),
    (blocks.ListBlock, "列表"),
    (blocks.StreamBlock, "组件"),
    (blocks.StructBlock, "一组"),
    (blocks.RichTextBlock, "图文"),
    (blocks.MultipleChoiceBlock, "多选"),
    (blocks.ChoiceBlock, "选择"),
    (blocks.BooleanBlock, "是否"),
    (blocks.PageChooserBlock, "页面"),
    (blocks.ChooserBlock, "选文件或记录"),
    (blocks.DateTimeBlock, "时间"),
    (blocks.DateBlock, "日期"),
    (blocks.IntegerBlock, "数字"),
    (blocks.DecimalBlock, "数字"),
    (blocks.TextBlock, "多行文字"),
    (blocks.CharBlock, "文字"),
)


def catalogue() -> str:
    """Return the catalogue as Markdown; the same registry gives the same text, without a database."""
    with translation.override("zh-hans"):
        bound = PortalStreamBlock().child_blocks
        parts = [HEAD]
        for family in FAMILIES:
            names = [name for name in block_classes() if family_of(name) == family]
            if names:
                parts.append(f"## {FAMILY_NAMES.get(family, family)}\n\n")
                parts += [_entry(name, bound[name]) for name in names]
        return "".join(parts).rstrip() + "\n"


def _entry(name: str, block: PortalBlock) -> str:
    facts = ["静态" if block.delivery == "inline" else "动态", f"分组「{block.meta.group}」"]
    if block.serves:
        facts.append(f"承担功能「{roles.label_of(block.serves)}」")
    if block.links_to:
        facts.append("通往「" + "」「".join(str(roles.label_of(role)) for role in block.links_to) + "」")
    if block.needs_account:
        facts.append("需要登录")
    if block.cache_seconds:
        facts.append(f"片段共享 {block.cache_seconds} 秒")
    if block.admin_only:
        facts.append("仅管理员")
    rows = "".join(_row(path, field) for path, field in _fields(block))
    table = f"\n| 字段 | 名称 | 类型 | 必填 | 默认 |\n|---|---|---|---|---|\n{rows}" if rows else ""
    description = block.get_description()
    return f"### {block.label} `{name}`\n\n{description}\n\n{' · '.join(facts)}\n{table}\n"


def _fields(block: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the fields staff fill in, those of list items behind their list; links and pictures as one field each."""
    for name, child in block.child_blocks.items():
        if name == "settings" and not path:
            continue
        where = f"{path}{name}"
        yield where, child
        inner = child.child_block if isinstance(child, blocks.ListBlock) else child
        if isinstance(inner, blocks.StructBlock) and not isinstance(inner, LinkBlock | ImageBlock):
            yield from _fields(inner, f"{where}.")


def _row(path: str, field: Any) -> str:
    kind = next((word for kind, word in KINDS if isinstance(field, kind)), "其他")
    cells = (f"`{path}`", str(field.label), kind, "是" if field.required else "", _default(field))
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def _default(field: Any) -> str:
    if isinstance(field, blocks.StructBlock | blocks.ChooserBlock):  # links and pictures are structures too
        return ""
    default = field.meta.default
    if isinstance(field, blocks.ListBlock):
        count = len(default) if isinstance(default, list | tuple) else 0
        return f"{count} 项" if count > 1 else ""
    if isinstance(field, blocks.BooleanBlock):
        return "是" if default else "否"
    if callable(default) or default in (None, ""):
        return ""
    choices = getattr(field, "_constructor_kwargs", {}).get("choices")
    if isinstance(choices, list | tuple):
        return str(dict(choices).get(default, default))
    return str(default)
