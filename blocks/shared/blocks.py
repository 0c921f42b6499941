"""The block that stands for shared content on a page."""

from blocks.shared.content import SharedContentBlock

BLOCKS = [("shared", SharedContentBlock)]
