"""Blocks of things to read."""

from blocks.articles.listing import ArticleListBlock

BLOCKS = [
    ("article_list", ArticleListBlock),
]
