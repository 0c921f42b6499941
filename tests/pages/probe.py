"""A block for tests: an island with actions, told by its tests what to do."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from wagtail import blocks as wagtail_blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo, requires_sign_in
from blocks.base import PortalBlock
from business.integration.outcomes import Unknown
from business.security.errors import InvalidInput, PortalError
from cms.pages.models import DepartmentPage, DoctorPage, PortalPage

__all__ = ["probe"]

seen: list[ActionRequest] = []


def accept(action: ActionRequest) -> ActionResult:
    seen.append(action)
    return GoTo("/next/?order=abc")


def to_role(action: ActionRequest) -> ActionResult:
    return GoTo(roles.url_for("registration.result", action.request, order="abc") or "/")


def refuse(action: ActionRequest) -> ActionResult:
    raise PortalError("这个时段刚刚被别人约走了。", code="slot_taken")


def refuse_field(action: ActionRequest) -> ActionResult:
    raise InvalidInput("请填写 11 位手机号。", field="phone")


def silent(action: ActionRequest) -> ActionResult:
    raise Unknown("timeout")


def again(action: ActionRequest) -> ActionResult:
    return Again({"note": "请再看一遍"})


@requires_sign_in
def personal(action: ActionRequest) -> ActionResult:
    return accept(action)


class ProbeBlock(PortalBlock):
    delivery = "island"
    skeleton = "list"
    actions = {
        "accept": accept,
        "to_role": to_role,
        "refuse": refuse,
        "refuse_field": refuse_field,
        "silent": silent,
        "again": again,
        "personal": personal,
    }
    on_live: Callable[[Any], dict[str, Any]] = staticmethod(lambda context: {})

    title = wagtail_blocks.CharBlock(required=False, label="标题")

    class Meta:
        template = "tests/probe.html"
        label = "探针"

    def live(self, value: Any, context: Any) -> dict[str, Any]:
        return {"asked": context["request"].GET.get("date", ""), **type(self).on_live(context)}

    def sample(self, value: Any, context: Any) -> dict[str, Any]:
        return {"asked": "示例"}


@pytest.fixture
def probe(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[ProbeBlock]]:
    """Let pages hold the probe."""
    templates = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], "tests/pages/templates"]}]
    settings.TEMPLATES = templates
    seen.clear()
    kind = type("Probe", (ProbeBlock,), {"__module__": __name__})
    for model in (PortalPage, DepartmentPage, DoctorPage):
        block = kind()
        block.set_name("probe")
        monkeypatch.setitem(model._meta.get_field("body").stream_block.child_blocks, "probe", block)
    yield kind
