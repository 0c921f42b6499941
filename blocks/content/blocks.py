"""Blocks that need no business data: what a hospital says and shows."""

from blocks.content.banner import BannerBlock
from blocks.content.card_list import CardListBlock
from blocks.content.icon_grid import IconGridBlock
from blocks.content.notice import NoticeBlock
from blocks.content.text import ImageTextBlock, RichTextBlock

BLOCKS = [
    ("icon_grid", IconGridBlock),
    ("banner", BannerBlock),
    ("notice", NoticeBlock),
    ("card_list", CardListBlock),
    ("rich_text", RichTextBlock),
    ("image", ImageTextBlock),
]
