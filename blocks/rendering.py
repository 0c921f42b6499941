"""From the body of a page to HTML: the cacheable shell with placeholders, one island, or everything at once."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from wagtail.images.models import AbstractImage
from wagtail.rich_text import RichText

from blocks import images, links, prose, registry
from blocks.base import SKELETONS, PortalBlock
from blocks.previewing import PreviewOptions, why_hidden
from blocks.shared import expansion
from blocks.visitor import visitor_of
from business.security.errors import PortalError

logger = logging.getLogger("portal.blocks")

WHOLE_PARAMETER = "whole"


class ActionUrls(dict[str, str]):
    """Addresses of a block's actions by name; made when a template asks."""

    def __init__(self, page_pk: int, block_id: str, names: Iterable[str], query: str) -> None:
        """Make one address for each action; the page's own query goes along, so that the form can be shown again."""
        suffix = f"?{query}" if query else ""
        super().__init__({name: reverse("portal:action", args=[page_pk, block_id, name]) + suffix for name in names})


@dataclass
class Rendering:
    """One page being rendered for one request."""

    page: Any
    request: HttpRequest
    whole: bool = False  # islands in place: no JavaScript, preview, or the answer to a plain form
    is_preview: bool = False
    now: datetime = field(default_factory=lambda: timezone.now())  # noqa: PLW0108  # looked up late: tests move the clock
    preview: PreviewOptions = field(default_factory=PreviewOptions)
    extra: dict[str, dict[str, Any]] = field(default_factory=dict)  # block id → context of an action's answer

    @property
    def query(self) -> str:
        """The page's own query, without the switch to the whole page."""
        query = self.request.GET.copy()
        query.pop(WHOLE_PARAMETER, None)
        return query.urlencode()

    @property
    def page_url(self) -> str:
        """The page's path."""
        return links.url_of(self.page, self.request) if self.page.pk else ""

    @property
    def address(self) -> str:
        """The page's path with its own query."""
        return f"{self.page_url}?{self.query}" if self.query else self.page_url

    def context_for(self, child: Any, *, island: bool) -> dict[str, Any]:
        """Return what every block template may use beside its value."""
        pk, block_id = self.page.pk or 0, child.id or "new"
        context: dict[str, Any] = {
            "request": self.request,
            "page": self.page,
            "page_url": self.page_url,
            "block_id": block_id,
            "is_island": island,
            "is_whole": self.whole,
            "is_preview": self.is_preview,
            "is_sample": self.is_preview and island,
            "now": self.now,
        }
        if island:
            visitor = visitor_of(self.request)
            block: PortalBlock = child.block
            actions = ActionUrls(pk, block_id, block.actions, self.query)
            context |= {
                "action_urls": dict.fromkeys(block.actions, "#") if self.is_preview else actions,
                "island_url": reverse("portal:island", args=[pk, block_id]),
            }
            if block.cache_seconds:
                context["account"] = None  # shared between visitors: no account, no token
            else:
                context["visitor"] = visitor
                # Only a template that prints it makes the token, and with it the cookie.
                context["csrf_token"] = SimpleLazyObject(lambda: get_token(self.request))
                if block.needs_patients and not self.is_preview:
                    _ = visitor.patients
                context["account"] = None if self.is_preview else visitor.account
        return context


def children_of(stream: Any, *, with_empty_places: bool = False) -> Iterator[Any]:
    """Yield the blocks of a body that are still defined, shared content in the place of the blocks that name it."""
    found = expansion.children(stream, with_empty_places=with_empty_places)
    yield from (child for child in found if isinstance(child.block, PortalBlock))


def find_child(stream: Any, block_id: str) -> Any | None:
    """Return the block with this id, None where the body has none; converts only blocks of its own type."""
    child = expansion.find(stream, block_id)
    return child if child is not None and isinstance(child.block, PortalBlock) else None


def prefetch(children: Iterable[Any]) -> None:
    """Fetch all pictures and all links inside texts at once (images and linked pages come in bulk with the values)."""
    values = [value for child in children for value in links.walk(child.value)]
    images.prefetch_renditions(value for value in values if isinstance(value, AbstractImage))
    prose.expand_together(value for value in values if isinstance(value, RichText))


def is_island(child: Any) -> bool:
    """Whether a block is fetched after the shell."""
    return child.block.delivery_of(child.value) == "island"


def shell_lifetime(stream: Any, now: datetime, longest: int) -> tuple[int, datetime | None]:
    """Return how many seconds a shell may be kept elsewhere, at most ``longest``, and when the next block changes."""
    moments = [m for child in children_of(stream) if (m := child.value["settings"].next_change(now))]
    first = min(moments, default=None)
    seconds = longest if first is None else min(longest, max(0, int((first - now).total_seconds())))
    return seconds, first


def render_body(stream: Any, rendering: Rendering) -> SafeString:
    """Render a page's body: inline blocks in place, islands as placeholders (or in place on a whole page)."""
    children = list(children_of(stream, with_empty_places=rendering.is_preview))
    prefetch(children)
    parts = []
    for child in children:
        if not _shows(child, rendering):
            continue
        if not is_island(child):
            parts.append(render_inline(child, rendering))
        elif rendering.whole or rendering.is_preview:
            parts.append(render_island(child, rendering))
        else:
            parts.append(render_placeholder(child, rendering))
    if not rendering.is_preview and _lacks_its_block(children, rendering):
        parts.insert(0, _render_out_of_service())
    return mark_safe("\n".join(part for part in parts if part))  # noqa: S308  # joined from rendered templates


def _shows(child: Any, rendering: Rendering) -> bool:
    if not rendering.is_preview:
        return bool(child.value["settings"].in_time(rendering.now))
    return rendering.preview.show_hidden or not _hidden_note(child, rendering)


def _hidden_note(child: Any, rendering: Rendering) -> str:
    """Return why the visitor of a preview would not see a block."""
    if not rendering.is_preview:
        return ""
    return why_hidden(child.value["settings"], rendering.now, visitor_of(rendering.request))


def _lacks_its_block(children: Iterable[Any], rendering: Rendering) -> bool:
    """Tell whether a page was published without the block that does the work of its role."""
    serving = registry.blocks_serving(getattr(rendering.page, "service_role", ""))
    return bool(serving) and not any(child.block_type in serving for child in children)


def _render_out_of_service() -> SafeString:
    return render_to_string(
        "themes/parts/error.html",
        {
            "title": _("这项服务正在调整"),
            "text": _("暂时不能在这里办理，请稍后再来，或拨打医院服务热线。"),
            "action_url": "/",
            "action_label": _("返回首页"),
        },
    )


def _wrap(child: Any, html: str, rendering: Rendering, *, island: bool, placeholder: bool = False) -> SafeString:
    block: PortalBlock = child.block
    pk, block_id = rendering.page.pk or 0, child.id or "new"
    return render_to_string(
        "blocks/base/section.html",
        {
            "block_id": block_id,
            "name": block.name,
            "css": child.value["settings"].css,
            "html": html,
            "label": block.label,
            "hidden_note": _hidden_note(child, rendering),
            "is_empty": not html.strip(),
            "island_url": reverse("portal:island", args=[pk, block_id]) if island and not rendering.is_preview else "",
            "placeholder": placeholder,
            "is_maybe": placeholder and block.skeleton == "maybe",
        },
    )


def render_placeholder(child: Any, rendering: Rendering) -> SafeString:
    """Render the skeleton that htmx replaces."""
    block: PortalBlock = child.block
    kind = block.skeleton if block.skeleton in SKELETONS else "card"
    html = render_to_string("themes/parts/skeleton.html", {"kind": kind})
    return _wrap(child, html, rendering, island=True, placeholder=True)


def render_inline(child: Any, rendering: Rendering) -> SafeString:
    """Render a block that is the same for everybody."""
    html = _render(child, rendering, island=False)
    return _wrap(child, html, rendering, island=False) if _is_worth_a_place(html, rendering) else mark_safe("")


def _is_worth_a_place(html: str, rendering: Rendering) -> bool:
    """Tell whether a block is drawn; whoever composes a page sees the place of an empty one too."""
    return bool(html.strip()) or (rendering.is_preview and rendering.preview.show_hidden)


def render_island(child: Any, rendering: Rendering) -> SafeString:
    """Render a personal or live block; empty where this visitor is not meant or there is nothing to show."""
    prefetch([child])
    block_settings = child.value["settings"]
    visitor = visitor_of(rendering.request)
    if not rendering.is_preview and not (block_settings.in_time(rendering.now) and block_settings.admits(visitor)):
        return mark_safe("")
    if child.block.needs_account and visitor.account is None:
        html: str = render_to_string("blocks/base/sign_in.html", {"signin_url": signin_url(rendering)})
    else:
        html = _render(child, rendering, island=True)
    return _wrap(child, html, rendering, island=True) if _is_worth_a_place(html, rendering) else mark_safe("")


def _render(child: Any, rendering: Rendering, *, island: bool) -> str:
    context = rendering.context_for(child, island=island)
    extra = rendering.extra.get(child.id)
    if extra:
        context |= extra
    try:
        # Rendered by the block class's own template; what an action answered wins over what get_context computes.
        template_context = child.block.get_context(child.value, parent_context=context)
        if extra:
            template_context |= extra
        return render_to_string(child.block.get_template(child.value, context=context), template_context)
    except PortalError as error:
        return render_to_string("blocks/base/problem.html", {"sentence": error.sentence, "request": rendering.request})
    except Exception:
        if settings.DEBUG or (island and not rendering.whole):
            raise  # a fragment's failure becomes a card with 重新加载 in the browser
        # One broken block must not take the page with it.
        logger.exception("block %s of page %s failed", child.id, rendering.page.pk)
        return render_to_string(
            "themes/parts/error.html",
            {"title": _("这部分内容暂时打不开"), "text": _("请稍后再试，或拨打医院服务热线。")},
        )


def signin_url(rendering: Rendering) -> str:
    """Return where a guest signs in and comes back to this page."""
    from blocks.roles import with_query

    return with_query("/-/signin/", next=rendering.address)
