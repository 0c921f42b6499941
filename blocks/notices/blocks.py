"""The notices family."""

from blocks.notices.bar import NoticeBarBlock
from blocks.notices.listing import NoticeListBlock

BLOCKS = [("notice_bar", NoticeBarBlock), ("notice_list", NoticeListBlock)]
