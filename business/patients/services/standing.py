"""Closing bookings to people who keep missing them, by rule or by staff; appeals; releases.

Patients stand below the services that know of missed visits, so those services tell (:func:`note`) and ask
(:func:`must_be_admitted`); nothing here looks upward.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from business.messaging import services as messaging
from business.patients import queries, rules
from business.patients.errors import AppealRefused, PatientBlocked
from business.patients.models import Account, Appeal, BlacklistRule, Block, Conduct, ConductEvent, Patient, PatientRule
from business.patients.services import names
from business.security import audit
from business.security.errors import InvalidInput, PortalError

# What holds until the hospital decides otherwise: 3 missed visits in 90 days close bookings for 30.
DEFAULTS: dict[str, dict[str, Any]] = {
    Conduct.NO_SHOW: {"is_active": True, "count": 3, "window_days": 90, "block_days": 30},
    Conduct.CANCELLED: {"is_active": False, "count": 8, "window_days": 30, "block_days": 30},
}
SHORTEST_APPEAL, LONGEST_APPEAL = 5, 500


def load_default_rules() -> None:
    """Make the rows of rules that are missing, those of patients too: staff edit them, and add none."""
    if not PatientRule.objects.exists():
        PatientRule.objects.create()
    for kind, facts in DEFAULTS.items():
        BlacklistRule.objects.get_or_create(kind=kind, defaults=facts)


@transaction.atomic
def note(*, kind: str, patient: Patient, source: str, at: datetime | None = None) -> Block | None:
    """Count something a person did, in the caller's transaction; return the block it led to, if any.

    ``source`` names the thing (a booking): the same source is counted once, so the call may be repeated.
    """
    # The rule's row puts those who count in order: two misses at once are two.
    rule = BlacklistRule.objects.select_for_update().filter(kind=kind).first()
    if rule is None:
        # Only where somebody emptied the table: migrations make the rows, so that nobody makes them in a race.
        BlacklistRule.objects.get_or_create(kind=kind, defaults=DEFAULTS[kind])
        rule = BlacklistRule.objects.select_for_update().get(kind=kind)
    moment = at or timezone.now()
    _event, is_new = ConductEvent.objects.get_or_create(
        source=f"{kind}:{source}"[:64],
        defaults={"kind": kind, "patient": patient, "id_index": patient.id_index, "at": moment},
    )
    if not is_new or not rule.is_active:
        return None
    counted = counting(patient.id_index, kind).filter(at__gt=moment - timedelta(days=rule.window_days)).count()
    return _close_by_rule(patient, rule, counted) if counted >= rule.count else None


def take_back(*, kind: str, source: str) -> None:
    """Let something count no more (HIS reports late that the patient came); blocks stand until staff lift them."""
    ConductEvent.objects.filter(source=f"{kind}:{source}"[:64], forgiven_at=None).update(forgiven_at=timezone.now())


def counting(id_index: str, kind: str) -> QuerySet[ConductEvent]:
    """Return what still counts against a person."""
    return ConductEvent.objects.filter(id_index=id_index, kind=kind, forgiven_at=None)


def _close_by_rule(patient: Patient, rule: BlacklistRule, counted: int) -> Block | None:
    now, claim = timezone.now(), f"{rule.kind}:{patient.id_index}"
    Block.objects.filter(claim=claim, ends_at__lte=now).update(claim=None)
    if Block.objects.filter(claim=claim).exists():
        return None
    words = _("{days} 天内 {count} 次{kind}").format(
        days=rule.window_days, count=counted, kind=Conduct(rule.kind).label
    )
    block = Block.objects.create(
        patient=patient,
        id_index=patient.id_index,
        origin=Block.Origin.RULE,
        kind=rule.kind,
        reason=words,
        starts_at=now,
        ends_at=now + timedelta(days=rule.block_days),
        claim=claim,
    )
    # What led to a block is not counted again after it.
    counting(patient.id_index, rule.kind).update(forgiven_at=now)
    audit.record("blacklist.closed", program="patients", object_type="patients.Block", object_ref=block.ref)
    _tell(block, "patients.blocked")
    return block


def close_by_staff(*, patient: Patient, reason: str, ends_at: datetime | None) -> Block:
    """Close bookings to a person by hand; in the transaction in which the deed is written down."""
    if ends_at is not None and ends_at <= timezone.now():
        raise InvalidInput(_("结束时间应晚于现在"), field="ends_at")
    block = Block.objects.create(
        patient=patient,
        id_index=patient.id_index,
        origin=Block.Origin.STAFF,
        reason=reason,
        starts_at=timezone.now(),
        ends_at=ends_at,
    )
    _tell(block, "patients.blocked")
    return block


def live_blocks(id_index: str) -> QuerySet[Block]:
    """Return the blocks that stand for a person, the one that lasts longest first."""
    now = timezone.now()
    standing = Block.objects.filter(id_index=id_index, lifted_at=None, starts_at__lte=now)
    return standing.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now)).order_by("-ends_at", "-pk")


def longest(blocks: list[Block]) -> Block | None:
    """Return the block that ends last; one without an end is that."""
    return max(blocks, key=lambda block: (block.ends_at is None, block.ends_at or block.starts_at), default=None)


def until(block: Block) -> str:
    """Return until when a block stands, in words."""
    if block.ends_at is None:
        return str(_("另行通知"))
    local = timezone.localtime(block.ends_at)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def must_be_admitted(patient: Patient) -> None:
    """Raise PatientBlocked with why and until when, where this person may not book now; 1–2 SQL.

    Called by every service before it takes something scarce for a patient.
    """
    block = longest(list(live_blocks(patient.id_index)))
    if block is not None:
        sentence = _("该就诊人因{reason}，暂停预约至{until}。可在“就诊人”页面查看原因并申诉。").format(
            reason=block.reason, until=until(block)
        )
        raise PatientBlocked(sentence, patient_ref=patient.ref)
    if patient.name_state == Patient.NameState.MISMATCH and names.applies(rules.current(), patient.id_type):
        raise PatientBlocked(
            _("该就诊人的姓名与身份证号未通过实名核验，请在“就诊人”页面更正后再预约。"), patient_ref=patient.ref
        )


@transaction.atomic
def appeal(*, account: Account, patient_ref: str, block_ref: str, text: str) -> Appeal:
    """Hand in what a patient says to a block; raises NotFoundError, InvalidInput, AppealRefused."""
    patient = queries.get_patient(account, patient_ref)
    words = " ".join(text.split())
    if not SHORTEST_APPEAL <= len(words) <= LONGEST_APPEAL:
        raise InvalidInput(_("请写明情况，5–500 字"), field="text", code="appeal_length")
    block = live_blocks(patient.id_index).filter(ref=block_ref).first()
    if block is None:
        raise AppealRefused(_("这次限制已经解除，不需要申诉"))
    try:
        with transaction.atomic():
            made = Appeal.objects.create(block=block, account=account, text=words)
    except IntegrityError as error:
        raise AppealRefused(_("已经提交过申诉，请等待处理结果")) from error
    audit.record("blacklist.appealed", account_ref=account.ref, object_type="patients.Block", object_ref=block.ref)
    return made


def release(block: Block, *, staff: Any, reason: str) -> None:
    """Lift a row-locked block; in the transaction in which the deed is written down."""
    if block.lifted_at is not None:
        raise PortalError(_("这条限制已经解除"))
    now = timezone.now()
    block.lifted_at, block.lifted_by, block.lift_reason, block.claim = now, staff, reason[:200], None
    block.save(update_fields=["lifted_at", "lifted_by", "lift_reason", "claim"])
    if block.kind:
        counting(block.id_index, block.kind).update(forgiven_at=now)
    _tell(block, "patients.released")


def decide(made: Appeal, *, staff: Any, accepted: bool, answer: str) -> None:
    """Answer a row-locked appeal; one that is accepted lifts its block. In the deed's own transaction."""
    if made.state != Appeal.State.PENDING:
        raise PortalError(_("这条申诉已经处理过"))
    made.state = Appeal.State.ACCEPTED if accepted else Appeal.State.REJECTED
    made.answer, made.decided_at, made.decided_by = answer[:200], timezone.now(), staff
    made.save(update_fields=["state", "answer", "decided_at", "decided_by"])
    block = Block.objects.select_for_update().get(pk=made.block_id)
    if accepted and block.lifted_at is None:
        release(block, staff=staff, reason=answer)
    elif not accepted:
        _tell(block, "patients.appeal_rejected", reason=answer, key=f"appeal:{made.ref}")


def _tell(block: Block, event: str, *, reason: str = "", key: str = "") -> None:
    account = block.patient.account
    messaging.notify(
        account_ref=account.ref,
        openid=queries.openid_of(account),
        event=event,
        facts={
            "patient": block.patient.masked_name,
            "reason": reason or block.reason,
            "until": until(block),
        },
        key=key or f"{event}:{block.ref}",
        path=f"/-/go/patients.detail/?patient={block.patient.ref}",
    )
