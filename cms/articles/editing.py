"""The tabs of the editor: what every article needs first, the rest behind it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    MultipleChooserPanel,
    ObjectList,
    TabbedInterface,
    TitleFieldPanel,
)
from wagtail.models import Page

from cms.pages.models import ComposedPage


class TitlePanel(TitleFieldPanel):
    """The large title without the script that fills in an address: articles have no field of theirs for it."""

    class BoundPanel(TitleFieldPanel.BoundPanel):
        """Keeps the placeholder only."""

        def get_attrs(self) -> dict[str, Any]:
            """Return what the field needs."""
            return {"placeholder": self.get_placeholder()}


def set_edit_handlers(index_page: Any, article_page: Any) -> None:
    """Give both page types their forms."""
    index_page.edit_handler = TabbedInterface(
        [
            ObjectList([*Page.content_panels, FieldPanel("body")], heading=_("内容")),
            ObjectList([*ComposedPage.promote_panels, FieldPanel("show_title_bar")], heading=_("地址与搜索")),
            ObjectList(ComposedPage.settings_panels, heading=_("发布时间")),
        ]
    )
    article_page.edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    TitlePanel("title"),
                    FieldRowPanel([FieldPanel("category"), FieldPanel("cover")]),
                    FieldPanel("body", heading=_("正文")),
                ],
                heading=_("内容"),
            ),
            ObjectList(
                [
                    FieldPanel("summary"),
                    FieldRowPanel([FieldPanel("author"), FieldPanel("source")]),
                    FieldRowPanel([FieldPanel("published_on"), FieldPanel("is_pinned"), FieldPanel("show_cover")]),
                    MultipleChooserPanel(
                        "related_articles",
                        chooser_field_name="target",
                        heading=_("相关文章"),
                        help_text=_("不选则自动显示同一分类的最新文章。"),
                        panels=[FieldPanel("target", heading=_("文章"))],
                        max_num=6,
                    ),
                ],
                heading=_("摘要、作者与相关"),
            ),
            ObjectList(ComposedPage.settings_panels, heading=_("定时发布")),
        ]
    )
