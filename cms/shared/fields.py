"""The blocks of shared content: everything a page can hold, except places for shared content."""

from typing import Any

from blocks.registry import PortalStreamBlock, PortalStreamField, block_classes
from blocks.shared.expansion import NAME


class SharedStreamBlock(PortalStreamBlock):
    """The body of shared content: nothing shared inside, so nothing can run in a circle."""

    def __init__(self, local_blocks: object = None, **kwargs: object) -> None:
        """Take the registry's blocks but one."""
        if local_blocks is None:
            local_blocks = [(name, block()) for name, block in block_classes().items() if name != NAME]
        super().__init__(local_blocks, **kwargs)


class SharedField(PortalStreamField):
    """A StreamField over :class:`SharedStreamBlock`."""

    def __init__(self, block_types: object = None, **kwargs: Any) -> None:
        """Take the blocks."""
        super().__init__(SharedStreamBlock if block_types is None else block_types, **kwargs)
