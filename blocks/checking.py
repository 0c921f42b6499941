"""What may be wrong with a block before patients see it. Any family adds its own checks; docs/adding-a-block.md."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from django.core.exceptions import ValidationError
from django.forms.utils import ErrorList
from django.utils.translation import gettext as _
from wagtail import blocks

Severity = Literal["must", "should"]
MUST: Final[Severity] = "must"  # patients would stumble
SHOULD: Final[Severity] = "should"


@dataclass(frozen=True)
class Finding:
    """One thing to put right: what, how badly, and where.

    ``path``: the way from the page to the field as the editor's form knows it (field, block id, child, item id …).
    ``place``: the same for people.
    """

    code: str
    severity: Severity
    sentence: str
    path: tuple[str, ...] = ()
    place: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """One value inside a page: its block, where it is, and the block of the page it belongs to."""

    block: blocks.Block
    value: Any
    path: tuple[str, ...]
    place: tuple[str, ...]
    top: "Node | None" = None  # None: this is a block of the page itself

    def find(self, code: str, severity: Severity, sentence: Any, *steps: str) -> Finding:
        """Return a finding at this value, or at the child that ``steps`` name."""
        place, block = self.place, self.block
        for name in steps:
            block = getattr(block, "child_blocks", {}).get(name)
            if block is None:
                break
            place = (*place, str(block.label))
        return Finding(code, severity, str(sentence), (*self.path, *steps), place)

    def must(self, code: str, sentence: Any, *steps: str) -> Finding:
        """Return a finding that has to be put right (必须改)."""
        return self.find(code, MUST, sentence, *steps)

    def should(self, code: str, sentence: Any, *steps: str) -> Finding:
        """Return a finding that is worth putting right (建议改)."""
        return self.find(code, SHOULD, sentence, *steps)


# A check gets a value and the surroundings of the page (``cms.pages.checklist.Surroundings``).
Check = Callable[[Node, Any], Iterable[Finding]]
_checks: dict[type[blocks.Block], list[Check]] = {}


def check(*kinds: type[blocks.Block]) -> Callable[[Check], Check]:
    """Register a function for every value of these block classes (and their subclasses), however deep in a page.

    It must not ask the database for each value: the surroundings fetch for the whole page at once.
    """

    def register(function: Check) -> Check:
        for kind in kinds:
            _checks.setdefault(kind, []).append(function)
        return function

    return register


def checks_of(block: blocks.Block) -> Iterator[Check]:
    """Yield the checks of a block's class and of the classes it is made of."""
    for kind in type(block).__mro__:
        yield from _checks.get(kind, ())


def place_of_block(number: int, bound: Any) -> str:
    """Return what staff call a block of a page."""
    return _("第 %(number)d 块「%(label)s」") % {"number": number, "label": bound.block.label}


def nodes_of(stream: Any, field: str) -> Iterator[Node]:
    """Yield every value of a body, parents before their children, in the order of the page; None stands for a block
    that cannot be read.
    """
    for number, child in enumerate(stream, start=1):
        if child is None:
            continue
        top = Node(child.block, child.value, (field, child.id or ""), (place_of_block(number, child),))
        yield from _inside(top, top)


def _inside(node: Node, top: Node) -> Iterator[Node]:
    yield node
    value = node.value
    if isinstance(value, blocks.StructValue):
        for name, child in value.block.child_blocks.items():
            inner = Node(child, value.get(name), (*node.path, name), (*node.place, str(child.label)), top)
            yield from _inside(inner, top)
    elif isinstance(value, blocks.StreamValue):
        for bound in value:
            inner = Node(bound.block, bound.value, (*node.path, bound.id or ""), node.place, top)
            yield from _inside(replace(inner, place=(*node.place, str(bound.block.label))), top)
    elif isinstance(value, blocks.list_block.ListValue):
        for number, bound in enumerate(value.bound_blocks, start=1):
            place = (*node.place, _("第 %(number)d 项") % {"number": number})
            yield from _inside(Node(bound.block, bound.value, (*node.path, bound.id or ""), place, top), top)


def findings_in(nodes: Iterable[Node], surroundings: Any) -> Iterator[Finding]:
    """Yield what the registered checks say of these values."""
    for node in nodes:
        for function in checks_of(node.block):
            yield from function(node, surroundings)


def readable(stream: Any) -> list[Any]:
    """Return the blocks of a body as typed, with values as they would be saved; None for one that cannot be read."""
    found: list[Any] = []
    for child in stream:
        try:
            value = child.block.clean_deferred(child.value)
        except ValidationError:
            found.append(None)
        else:
            found.append(blocks.StreamValue.StreamChild(child.block, value, id=child.id))
    return found


# --- what the form refuses -----------------------------------------------------------------------------------------


def sentences_of(error: Any) -> list[str]:
    """Return what a validation error says, in words that need no field beside them."""
    if not isinstance(error, ValidationError):
        return [str(error)]
    if getattr(error, "code", "") == "required":
        return [_("还没有填写，这一项必填。")]
    return list(error.messages)


def refusals(node: Node, error: Any) -> Iterator[Finding]:
    """Yield each sentence of a validation error with the place of its field."""
    if isinstance(error, ErrorList):
        for one in error.as_data():
            yield from refusals(node, one)
        return
    inner, own = getattr(error, "block_errors", None), getattr(error, "non_block_errors", None)
    if inner is None and own is None:
        for sentence in sentences_of(error):
            yield node.must("refused", sentence)
        return
    for one in own.as_data() if isinstance(own, ErrorList) else own or ():
        yield from refusals(node, one)
    pairs = inner.items() if hasattr(inner, "items") else enumerate(inner or ())
    for key, one in pairs:
        child = _child(node, key) if one else None
        if child is not None:
            yield from refusals(child, one)


def _child(node: Node, key: Any) -> Node | None:
    value = node.value
    if isinstance(node.block, blocks.StructBlock):
        child = node.block.child_blocks.get(key)
        part = value.get(key) if isinstance(value, blocks.StructValue) else None
        return child and Node(child, part, (*node.path, key), (*node.place, str(child.label)), node.top)
    try:
        bound = value[key] if isinstance(value, blocks.StreamValue) else value.bound_blocks[key]
    except (AttributeError, IndexError, KeyError, TypeError):
        return None
    place = place_of_block(key + 1, bound) if node.top is None else _("第 %(number)d 项") % {"number": key + 1}
    return Node(bound.block, bound.value, (*node.path, bound.id or ""), (*node.place, place), node.top or node)
