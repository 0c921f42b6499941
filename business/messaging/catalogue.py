"""The templates the hospital's account has, and what a mapping of ours would make of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils import timezone

from business.integration import wechat
from business.messaging import values
from business.messaging.delivery import LITERAL
from business.messaging.events import Event
from business.messaging.models import WeChatTemplate

_KEYWORD = re.compile(r"([^\n{}]*?)\s*[:：]?\s*\{\{\s*([a-z_]+\d{1,3})\.DATA\s*\}\}")


def keywords_of(content: str) -> dict[str, str]:
    """Return keyword → label from a template's text: ``就诊人：{{name1.DATA}}`` → ``{"name1": "就诊人"}``."""
    return {keyword: label.strip() or keyword for label, keyword in _KEYWORD.findall(content)}


def fetch_templates() -> int:
    """Read the account's templates from WeChat and keep them; return how many.

    Outside any transaction. Raises Refused or Unknown. One that WeChat does not list any more stays, marked, so that
    the events that use it can be pointed elsewhere.
    """
    rows = wechat.client().private_templates()
    now = timezone.now()
    with transaction.atomic():
        for row in rows:
            WeChatTemplate.objects.update_or_create(
                template_id=str(row["template_id"])[:80],
                defaults={
                    "title": str(row.get("title", ""))[:60],
                    "keywords": keywords_of(str(row.get("content", ""))),
                    "example": str(row.get("example", ""))[:1000],
                    "is_listed": True,
                    "fetched_at": now,
                },
            )
        WeChatTemplate.objects.filter(fetched_at__lt=now).update(is_listed=False)
    return len(rows)


@dataclass(frozen=True)
class Line:
    """One keyword as the patient would read it: what stands there, or why WeChat would refuse it."""

    keyword: str
    label: str
    text: str
    problem: str
    is_cut: bool


def preview(event: Event, mapping: Mapping[str, str], labels: Mapping[str, str]) -> list[Line]:
    """Return the message with the event's example, each value held to WeChat's rules."""
    return [_line(event.sample, keyword, source, labels.get(keyword, keyword)) for keyword, source in mapping.items()]


def _line(sample: Mapping[str, str], keyword: str, source: str, label: str) -> Line:
    given = source.removeprefix(LITERAL) if source.startswith(LITERAL) else sample.get(source, "")
    try:
        text = values.fit(keyword, given)
    except values.ValueBreaksRule:
        return Line(keyword, label, given, values.rule_of(keyword), False)
    return Line(keyword, label, text, "", values.squeezed(text) != values.squeezed(given))


def suggestion(event: Event, keywords: Mapping[str, str]) -> dict[str, str]:
    """Return a first mapping: the fact whose Chinese name is nearest to the keyword's label and that fits it."""
    chosen: dict[str, str] = {}
    free: dict[str, Any] = {fact.code: fact for fact in event.all_facts}
    for keyword, label in keywords.items():
        fitting = [code for code, fact in free.items() if not _line(event.sample, keyword, code, label).problem]
        ranked = sorted(fitting, key=lambda code: -_likeness(label, str(free[code].label)))
        if ranked and _likeness(label, str(free[ranked[0]].label)) > 0:
            chosen[keyword] = ranked[0]
            free.pop(ranked[0])
    return chosen


def _likeness(one: str, other: str) -> int:
    return sum(2 for pair in pairwise(one) if "".join(pair) in other) + len(set(one) & set(other))
