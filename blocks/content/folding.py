"""Content that is folded away until somebody wants it: questions and answers, tabs."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks.base import GROUP_LAYOUT, GROUP_TEXT, PortalBlock
from blocks.content.words import FEATURES

DEFAULT_QUESTIONS = [
    {
        "question": "可以给家人挂号吗？",
        "answer": "<p>可以。先在「就诊人」里添加家人的姓名、证件号和手机号，预约时选择即可。</p>",
    },
    {
        "question": "预约后还要取号吗？",
        "answer": "<p>不用。就诊当天凭预约二维码到诊区报到，按叫号就诊。</p>",
    },
]


class QuestionBlock(blocks.StructBlock):
    """One question with its answer."""

    question = blocks.CharBlock(label=_("问题"), max_length=60, help_text=_("用患者自己的话来问。"))
    answer = blocks.RichTextBlock(label=_("回答"), features=FEATURES)

    class Meta:
        label = _("问答")
        icon = "help"
        label_format = "{question}"


class AccordionBlock(PortalBlock):
    """Questions that open one by one; works without JavaScript."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False, default="常见问题")
    items = blocks.ListBlock(
        QuestionBlock(), label=_("问答"), min_num=1, max_num=40, default=DEFAULT_QUESTIONS, collapsed=True
    )
    open_first = blocks.BooleanBlock(label=_("第一条默认展开"), required=False, default=True)

    class Meta:
        label = _("折叠问答")
        icon = "help"
        group = GROUP_TEXT
        description = _("点一下展开的问题和回答：常见问题、须知、政策解读。")
        template = "blocks/content/accordion.html"
        preview_value = {"title": "常见问题"}


class TabBlock(blocks.StructBlock):
    """One tab."""

    label = blocks.CharBlock(label=_("标签文字"), max_length=8, help_text=_("两到四个字最好。"))
    text = blocks.RichTextBlock(label=_("内容"), features=FEATURES)

    class Meta:
        label = _("标签")
        icon = "folder-open-1"
        label_format = "{label}"


class TabsBlock(PortalBlock):
    """Several texts in one place; without JavaScript they stand below each other."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    items = blocks.ListBlock(TabBlock(), label=_("标签"), min_num=2, max_num=6, collapsed=True)

    class Meta:
        label = _("标签页")
        icon = "folder-open-1"
        group = GROUP_LAYOUT
        description = _("两到六个标签，点哪个看哪个：各院区信息、门诊与住院、医保类型。")
        template = "blocks/content/tabs.html"
        preview_value = {
            "title": "门诊时间",
            "items": [
                {
                    "label": "主院区",
                    "text": "<p>周一至周日 8:00–12:00、14:00–17:30</p><p>急诊 24 小时开放</p>",
                },
                {"label": "滨江院区", "text": "<p>周一至周六 8:00–12:00、14:00–17:00</p>"},
            ],
        }

    def clean(self, value: Any) -> Any:
        """Refuse two tabs of one name: nobody could tell them apart."""
        cleaned = super().clean(value)
        seen: set[str] = set()
        errors = {}
        for index, item in enumerate(cleaned["items"]):
            if item["label"] in seen:
                errors[index] = ValidationError(
                    _("第 %(number)d 个标签和前面的重名，请换一个名字。") % {"number": index + 1}
                )
            seen.add(item["label"])
        if errors:
            raise StructBlockValidationError(block_errors={"items": next(iter(errors.values()))})
        return cleaned
