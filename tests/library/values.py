"""Random block values, made from block definitions."""

import uuid
from typing import Any

from hypothesis import strategies as st
from wagtail import blocks
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, Block, ChooserBlock, ListBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock, ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock
from wagtailmedia.blocks import VideoChooserBlock

from blocks.content.atoms import PictureBlock
from blocks.links import LinkBlock
from blocks.visibility import CampusesBlock
from cms.library.travel import kind_of

Keys = dict[str, list[Any]]


class InnerBlock(blocks.StructBlock):
    """Every way to refer to something."""

    page = blocks.PageChooserBlock(required=False)
    typed_page = blocks.PageChooserBlock("pages.PortalPage", required=False)
    image = ImageChooserBlock(required=False)
    picture = PictureBlock(required=False)
    document = DocumentChooserBlock(required=False)
    video = VideoChooserBlock(required=False)
    department = SnippetChooserBlock("hospital.Department", required=False)
    campuses = CampusesBlock(required=False)
    text = blocks.RichTextBlock()
    link = LinkBlock(required=False)
    words = blocks.CharBlock()


class EverywhereBlock(blocks.StreamBlock):
    """References in structs, lists of structs, plain lists and streams inside structs."""

    inner = InnerBlock()
    many = blocks.ListBlock(InnerBlock())
    pictures = blocks.ListBlock(PictureBlock())
    deep = blocks.StructBlock([("body", blocks.StreamBlock([("inner", InnerBlock()), ("words", blocks.CharBlock())]))])


def _one_of(keys: Keys, kind: str) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *keys.get(kind, [])])


def rich_texts(keys: Keys) -> st.SearchStrategy[str]:
    """Return texts with links to pages and documents, pictures, outside links and words."""
    pages, documents, images = (keys.get(k) or [0] for k in (PAGE, DOCUMENT, IMAGE))
    parts = st.one_of(
        st.builds('<p>见<a linktype="page" id="{}">这一页</a>。</p>'.format, st.sampled_from(pages)),
        st.builds('<p><a id="{}" linktype="document">附<b>件</b></a></p>'.format, st.sampled_from(documents)),
        st.builds('<embed alt="图" embedtype="image" format="fullwidth" id="{}"/>'.format, st.sampled_from(images)),
        st.sampled_from(
            [
                '<p><a href="https://www.example.com/?a=1&amp;b=2">外链</a></p>',
                '<embed embedtype="media" url="https://v.example.com/1"/>',
                "<h2>标题 &lt;a&gt;</h2>",
                '<p><a name="x">锚</a></p>',
                '<p><a name="y">没有结束',
            ]
        ),
    )
    return st.lists(parts, max_size=4).map("".join)


PAGE, IMAGE, DOCUMENT = "wagtailcore.page", "wagtailimages.image", "wagtaildocs.document"


def values(block: Block, keys: Keys) -> st.SearchStrategy[Any]:
    """Return values of ``block`` as pages store them, referring to ``keys`` (by kind)."""
    if isinstance(block, ImageBlock):
        image = values(block.child_blocks["image"], keys)
        return st.fixed_dictionaries({"image": image, "alt_text": st.text(max_size=3), "decorative": st.booleans()})
    if isinstance(block, BaseStreamBlock):
        item = st.sampled_from(sorted(block.child_blocks)).flatmap(
            lambda name: st.fixed_dictionaries(
                {
                    "type": st.just(name),
                    "value": values(block.child_blocks[name], keys),
                    "id": st.uuids(version=4).map(str),
                }
            )
        )
        return st.lists(item, max_size=3)
    if isinstance(block, ListBlock):
        child = values(block.child_block, keys)
        item = st.fixed_dictionaries(
            {"type": st.just("item"), "value": child, "id": st.uuids(version=4).map(str)},
        )
        return st.lists(item, max_size=2)
    if isinstance(block, BaseStructBlock):
        return st.fixed_dictionaries({name: values(child, keys) for name, child in block.child_blocks.items()})
    if isinstance(block, CampusesBlock):
        return st.lists(st.sampled_from(["main", "east"]), unique=True)
    if isinstance(block, blocks.RichTextBlock):
        return rich_texts(keys)
    if isinstance(block, ChooserBlock):
        return _one_of(keys, kind_of(block.model_class))
    return _plain(block)


def _plain(block: Block) -> st.SearchStrategy[Any]:
    return st.just(block.get_prep_value(block.get_default()))


def new_id() -> str:
    """Return the id of a block."""
    return str(uuid.uuid4())
