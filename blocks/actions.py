"""What a block does with a posted form: one function, one service call, then on to a page or the form again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpRequest, QueryDict

if TYPE_CHECKING:
    from wagtail.models import Page

    from business.patients.models import Account


@dataclass(frozen=True)
class ActionRequest:
    """A posted form of one block on one page."""

    request: HttpRequest
    page: "Page"
    block_value: Any
    block_id: str
    account: "Account | None"
    data: QueryDict


@dataclass(frozen=True)
class GoTo:
    """Done: the patient goes on to ``url`` (303, or HX-Redirect for htmx)."""

    url: str


@dataclass(frozen=True)
class Again:
    """Not done: the block is shown again with ``context`` added, so that what was typed is kept."""

    context: dict[str, Any] = field(default_factory=dict)
    status: int = 422


ActionResult = GoTo | Again
ActionFunction = Callable[[ActionRequest], ActionResult]
F = TypeVar("F", bound=ActionFunction)


def requires_sign_in(function: F) -> F:
    """Mark an action that needs an account: a guest goes to sign in first and comes back to the page."""
    function.requires_sign_in = True  # type: ignore[attr-defined]
    return function
