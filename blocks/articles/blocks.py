"""Blocks of things to read."""

from blocks.articles.listing import ArticleListBlock
from blocks.articles.pasted import PastedBlock

BLOCKS = [
    ("pasted", PastedBlock),
    ("article_list", ArticleListBlock),
]
