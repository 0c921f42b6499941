"""Blocks of the help centre."""

from blocks.help.centre import HelpCentreBlock, HelpListBlock

BLOCKS = [
    ("help_centre", HelpCentreBlock),
    ("help_list", HelpListBlock),
]
