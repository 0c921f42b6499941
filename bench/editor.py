"""Goal E1: a long page in the editor, opened, saved as a draft and published as the browser does it."""

import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from bench import material
from bench.figures import Row

FEW, MANY = 50, 200


class _Fields(HTMLParser):
    """Collects what a browser would send of a form, as far as it stands in the HTML; blocks are drawn by script."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        name = found.get("name", "")
        if tag == "input" and name and found.get("type") not in {"submit", "button", "file", "image"}:
            if found.get("type") not in {"checkbox", "radio"} or "checked" in found:
                self.values[name] = found.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in found:
            self.values[self._select] = found.get("value", "")
        elif tag == "textarea":
            self._area, self.values[name] = name, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data


def form_data(block: blocks.Block, value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the fields that the editor's script would draw for a block value."""
    if isinstance(block, ImageBlock):
        value = block._image_to_struct_value(value)
    if isinstance(block, blocks.StructBlock):
        for name, child in block.child_blocks.items():
            yield from form_data(child, value.get(name), f"{prefix}-{name}")
    elif isinstance(block, blocks.StreamBlock | blocks.ListBlock):
        items = list(value.bound_blocks) if isinstance(block, blocks.ListBlock) else list(value)
        yield f"{prefix}-count", str(len(items))
        for number, item in enumerate(items):
            start = f"{prefix}-{number}"
            yield from ((f"{start}-order", str(number)), (f"{start}-deleted", ""), (f"{start}-id", item.id or ""))
            if isinstance(block, blocks.StreamBlock):
                yield f"{start}-type", item.block_type
            yield from form_data(item.block, item.value, f"{start}-value")
    elif isinstance(block, blocks.FieldBlock):
        yield from _field(block, value, prefix)


def _field(block: blocks.FieldBlock, value: Any, name: str) -> Iterator[tuple[str, Any]]:
    widget, value = block.field.widget, block.field.prepare_value(block.value_for_form(value))
    if isinstance(widget, forms.CheckboxInput):
        if value:
            yield name, "on"
    elif isinstance(widget, forms.SelectMultiple | forms.CheckboxSelectMultiple):
        yield name, list(value or [])
    elif hasattr(value, "pk"):
        yield name, str(value.pk)
    else:
        shown = widget.format_value(value)
        yield name, "" if shown is None else shown[0] if isinstance(shown, list) and shown else shown or ""


class Desk:
    """A member of staff with a page."""

    def __init__(self) -> None:
        """Sign in."""
        user = get_user_model().objects.create_superuser("bench-editor", "bench@example.org", "bench")
        self.client = Client(headers={"host": "127.0.0.1"})
        self.client.force_login(user)

    def visit(self, page: Any) -> dict[str, tuple[int, float, float]]:
        """Open, draft and publish; return statements, processor and wall milliseconds of each, the least of three."""
        url, found = reverse("wagtailadmin_pages:edit", args=[page.pk]), {}
        found["open"] = min((self._cost("get", url, 200) for _ in range(3)), key=lambda cost: cost[1])
        fields = _Fields()
        fields.feed(self.client.get(url).content.decode())
        stream = page.specific.body
        data = {**fields.values, **dict(form_data(stream.stream_block, stream, "body"))}
        data = {name: value for name, value in data.items() if not name.startswith("action-")}
        for name, extra in (("draft", {}), ("publish", {"action-publish": "1"})):
            costs = [self._cost("post", url, 302, {**data, **extra}) for _ in range(3)]
            found[name] = min(costs, key=lambda cost: cost[1])
        return found

    def _cost(self, method: str, url: str, expected: int, data: Any = None) -> tuple[int, float, float]:
        statements: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            statements.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            wall, cpu = time.perf_counter(), time.process_time()
            response = getattr(self.client, method)(url, data)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if response.status_code != expected:
            raise RuntimeError(f"{method} {url} answered {response.status_code}")
        return len(statements), cpu * 1000, wall * 1000


def measure() -> list[Row]:
    """Measure a page of 200 blocks, beside one of 50: the number of statements must not grow."""
    desk = Desk()
    few, many = desk.visit(material.page_of(FEW)), desk.visit(material.page_of(MANY))
    rows = []
    for name, label in (("open", "打开 open"), ("draft", "存草稿 draft"), ("publish", "发布 publish")):
        sql, cpu, wall = many[name]
        rows.append(
            Row(
                "E1",
                f"{MANY} 个组件，{label}",
                f"{wall:.0f} ms, {cpu:.0f} ms CPU, {sql} SQL",
                floor=f"{FEW} blocks: {few[name][2]:.0f} ms, {few[name][0]} SQL",
                wanted="≤ 400 ms, ≤ 60 SQL, same for 50",
                met=wall <= 400 and sql <= 60 and sql == few[name][0],
                details={"few": few[name], "many": many[name]},
            )
        )
    return rows
