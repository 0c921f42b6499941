"""Blocks that need no business data: what a hospital says and shows. In the order of the picker."""

from blocks.content.banner import BannerBlock
from blocks.content.card_list import CardListBlock
from blocks.content.countdown import CountdownBlock
from blocks.content.finding import MapBlock, QrCodeBlock
from blocks.content.folding import AccordionBlock, TabsBlock
from blocks.content.hotline import HotlineBlock
from blocks.content.icon_grid import IconGridBlock
from blocks.content.layout import RawHtmlBlock, SpacerBlock
from blocks.content.media import AudioBlock, FileBlock, VideoBlock
from blocks.content.notice import NoticeBlock
from blocks.content.pictures import GalleryBlock, ImagePairBlock, ImageTextBlock
from blocks.content.sequences import StepsBlock, TimelineBlock
from blocks.content.table import TableBlock
from blocks.content.words import CallOutBlock, QuoteBlock, RichTextBlock, TitleBlock

BLOCKS = [
    # Words
    ("title", TitleBlock),
    ("rich_text", RichTextBlock),
    ("callout", CallOutBlock),
    ("steps", StepsBlock),
    ("accordion", AccordionBlock),
    ("table", TableBlock),
    ("timeline", TimelineBlock),
    ("quote", QuoteBlock),
    # Pictures and media
    ("banner", BannerBlock),
    ("image", ImageTextBlock),
    ("image_pair", ImagePairBlock),
    ("gallery", GalleryBlock),
    ("video", VideoBlock),
    ("audio", AudioBlock),
    ("file", FileBlock),
    # Ways to services and people
    ("icon_grid", IconGridBlock),
    ("card_list", CardListBlock),
    ("hotline", HotlineBlock),
    ("map", MapBlock),
    ("qr_code", QrCodeBlock),
    # Layout
    ("tabs", TabsBlock),
    ("countdown", CountdownBlock),
    ("spacer", SpacerBlock),
    ("raw_html", RawHtmlBlock),
    ("notice", NoticeBlock),
]
