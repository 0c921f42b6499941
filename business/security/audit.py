"""Writing and checking the audit trail."""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from business.security import crypto
from business.security.masking import mask_json
from business.security.models import AuditChain, AuditEvent

CHAIN = "main"


def _text(event: AuditEvent, before: str) -> str:
    facts = [
        before,
        event.at.isoformat(),
        event.actor_kind,
        event.actor,
        event.source_ip or "",
        event.event,
        event.object_type,
        event.object_ref,
        event.result,
        json.dumps(event.detail, sort_keys=True, ensure_ascii=False),
    ]
    return "\n".join(facts)


def begin_chain(using: str | None = None) -> None:
    """Make the row whose lock puts writers in order.

    `migrate` does this: writers that all begin the chain at once would deadlock on InnoDB, where a refused insert
    keeps a shared lock on the row that was there first.
    """
    AuditChain.objects.using(using).get_or_create(name=CHAIN)


@transaction.atomic
def record(
    event: str,
    *,
    staff: User | None = None,
    account_ref: str = "",
    program: str = "",
    object_type: str = "",
    object_ref: str = "",
    result: str = AuditEvent.Result.OK,
    source_ip: str | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one event in the caller's transaction, so that a deed and its record stand or fall together (T15).

    Exactly one of ``staff``, ``account_ref`` and ``program`` says who acted. ``detail`` is masked before it is stored.
    """
    if staff is not None:
        kind, actor = AuditEvent.ActorKind.STAFF, staff.get_username()
    elif account_ref:
        kind, actor = AuditEvent.ActorKind.ACCOUNT, account_ref
    else:
        kind, actor = AuditEvent.ActorKind.SYSTEM, program or "system"
    chain = AuditChain.objects.select_for_update().filter(name=CHAIN).first()
    if chain is None:
        begin_chain()
        chain = AuditChain.objects.select_for_update().get(name=CHAIN)
    row = AuditEvent(
        at=timezone.now().replace(microsecond=0),
        actor_kind=kind,
        staff=staff,
        actor=actor[:100],
        source_ip=source_ip,
        event=event,
        object_type=object_type,
        object_ref=object_ref,
        result=result,
        detail=mask_json(detail or {}),
    )
    row.seal = crypto.seal(_text(row, chain.last_seal))
    row.save()
    chain.last_seal = row.seal
    chain.save(update_fields=["last_seal"])
    return row


def broken_links() -> Iterator[AuditEvent]:
    """Yield each event whose seal does not follow from the one before: it, or its neighbour, was tampered with."""
    before = ""
    for row in AuditEvent.objects.order_by("id").iterator():
        if not crypto.same(row.seal, crypto.seal(_text(row, before))):
            yield row
        before = row.seal


def end_is_whole() -> bool:
    """Tell whether the last event is the one that was written last: rows cut off at the end leave no broken link."""
    chain = AuditChain.objects.filter(name=CHAIN).first()
    last = AuditEvent.objects.order_by("-id").first()
    return crypto.same(chain.last_seal if chain else "", last.seal if last else "")
