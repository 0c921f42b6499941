"""One page type with four plain blocks."""

from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page


class CardBlock(blocks.StructBlock):
    """A picture, a text and a link."""

    image = ImageChooserBlock()
    title = blocks.CharBlock()
    page = blocks.PageChooserBlock(required=False)


class StockPage(Page):
    """A page of blocks."""

    body = StreamField(
        [
            ("heading", blocks.CharBlock()),
            ("text", blocks.RichTextBlock()),
            ("image", ImageChooserBlock()),
            ("card", CardBlock()),
        ]
    )
    template = "stock/page.html"
