"""Every block a page can hold. A family is a folder of ``blocks/`` whose module ``blocks.py`` lists ``BLOCKS``."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.db.models import Model
from wagtail.blocks import StreamBlock
from wagtail.fields import StreamField

from blocks.base import PortalBlock
from blocks.choosers import chooser_models, prefetch_form, quicken

# In the order of the block picker.
FAMILIES = (
    "content",
    "articles",
    "notices",
    "help",
    "places",
    "data",
    "shared",
    "registration",
    "visits",
    "payments",
    "patients",
)


# What these hold is said and shown; blocks of every other family do something for a patient.
CONTENT_FAMILIES = frozenset({"content", "articles", "notices", "help", "places", "data", "shared"})


@cache
def block_classes() -> dict[str, type[PortalBlock]]:
    """Return the block classes by the name under which pages store them."""
    found: dict[str, type[PortalBlock]] = {}
    for family in FAMILIES:
        module_name = f"blocks.{family}.blocks"
        if find_spec(module_name) is None:
            continue
        for name, block_class in import_module(module_name).BLOCKS:
            if name in found:
                raise RuntimeError(f"two blocks are named {name}")
            found[name] = block_class
    return found


def family_of(name: str) -> str:
    """Return the family of a block: the folder of ``blocks/`` it lives in."""
    return block_classes()[name].__module__.split(".")[1]


def is_business(name: str) -> bool:
    """Whether a block does a service's work rather than telling something."""
    return family_of(name) not in CONTENT_FAMILIES


def blocks_serving(role: str) -> list[str]:
    """Return the names of the blocks that do the work of a role; empty where any content will do."""
    return [name for name, block in block_classes().items() if block.serves == role]


class PortalStreamBlock(StreamBlock):
    """The body of a page: every block of the registry, grouped."""

    class Meta:
        # Where the editor's own tools work: picker, copy and paste, undo (cms/editor/static/editor/compose.js).
        form_attrs = {"data-portal-stream": ""}
        # Existing blocks open folded (the label says which they are), new ones and those with an error unfolded.
        collapsed = True

    def __init__(self, local_blocks: object = None, **kwargs: object) -> None:
        """Collect the registry's blocks unless told otherwise (tests do)."""
        if local_blocks is None:
            local_blocks = [(name, block_class()) for name, block_class in block_classes().items()]
        super().__init__(local_blocks, **kwargs)
        quicken(self)
        self._chooser_models: dict[str, type[Model]] | None = None

    def value_from_datadict(self, data: Any, files: Any, prefix: str) -> Any:
        """Read the editor's form; what its choosers name is fetched together first."""
        if self._chooser_models is None:
            self._chooser_models = chooser_models(self)
        prefetch_form(self._chooser_models, data)
        return super().value_from_datadict(data, files, prefix)


class PortalStreamField(StreamField):
    """A StreamField over the registry.

    Migrations hold the field, not the definitions of all blocks: a new block needs no migration. Data migrations
    (``wagtail.blocks.migrations``) see the current blocks, which is enough as long as the parents of what they change
    still exist; docs/adding-a-block.md tells how to rename and remove.
    """

    def __init__(self, block_types: object = None, **kwargs: object) -> None:
        """Take the registry's blocks."""
        kwargs.pop("block_lookup", None)
        super().__init__(PortalStreamBlock if block_types is None else block_types, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        """Leave the blocks out of migrations."""
        # Not StreamField's own: it describes every block to us first, minutes of work over all migrations.
        name, path, _args, kwargs = super(StreamField, self).deconstruct()
        return name, path, [], kwargs
