"""Binding, unbinding and taking over visit cards.

A card is bound by who knows its number, the name and the phone HIS has on file, and reads that phone's messages. The
same proof takes it over from another account: whoever holds the phone of the file is nearer to the patient than whoever
bound the card first. The former holder is told, and for some days after a binding nobody can take it over.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from business.integration import his
from business.integration.his import CardFile
from business.integration.outcomes import Refused
from business.messaging import services as messaging
from business.patients import documents, identity, queries, rules
from business.patients.errors import CardHeld, CardRefused
from business.patients.models import Account, Patient, PatientRule, VisitCard
from business.patients.services import bindings, people, phones
from business.security import audit
from business.security.errors import InvalidInput

NO_MATCH = "卡号、姓名与办卡时预留的手机号不一致，请核对后再试；手机号已更换的请带证件到服务台修改"
LOST = {"CARD_LOST": "这张卡已挂失，请带证件到服务台处理", "CARD_CANCELLED": "这张卡已注销，请带证件到服务台处理"}
SHORTEST, LONGEST = 4, 40


@dataclass(frozen=True)
class CardInput:
    """What was typed to bind a card."""

    card_no: str
    name: str
    phone: str
    relation: str
    code: str = ""
    takes_over: bool = False


def check_card_no(text: str) -> str:
    """Check a card number as typed; raise InvalidInput."""
    number = documents.tidy_number(text)
    if not number:
        raise InvalidInput("请填写就诊卡号", field="card_no", code="card_empty")
    if not (number.isascii() and number.isalnum()):
        raise InvalidInput("就诊卡号只能由字母和数字组成，请核对卡面", field="card_no", code="card_character")
    if not SHORTEST <= len(number) <= LONGEST:
        raise InvalidInput(f"就诊卡号应为 {SHORTEST}–{LONGEST} 位，请核对卡面", field="card_no", code="card_length")
    return number


def bind_card(*, account: Account, typed: CardInput) -> VisitCard:
    """Bind a card to the patient it belongs to, who is put on the account's list where they are not yet.

    Raises InvalidInput for what was typed, CardHeld where another account has it and nobody agreed to take it over (or
    it is too soon for that), CardRefused, TooMany, ``outcomes.Unknown``. Must not be called inside a transaction.
    """
    rule = rules.current()
    number, phone = check_card_no(typed.card_no), identity.check_phone(typed.phone)
    name = identity.check_name(typed.name) if _is_chinese(typed.name) else identity.check_foreign_name(typed.name)
    people.check_refusals(account)
    # The phone is proved whatever the hospital's rule for adding patients says: it is all that protects a card.
    if phones.is_required(rule) and not phones.is_proved(account, phone):
        phones.prove(account=account, phone=phone, code=typed.code)
    card = _ask_his(account, number, name, phone)
    return _bind(account, rule, card, name=name, phone=phone, typed=typed)


def _is_chinese(name: str) -> bool:
    return any("\u3400" <= character <= "\u9fff" for character in name)


def _ask_his(account: Account, number: str, name: str, phone: str) -> CardFile:
    try:
        return his.client().find_card(card_no=number, name=name, phone=phone)
    except Refused as refusal:
        audit.record("cards.bind", account_ref=account.ref, result="denied", detail={"reason": refusal.code})
        if refusal.code in LOST:
            raise CardRefused(LOST[refusal.code], code=refusal.code.lower()) from refusal
        # Three reasons, one sentence: nobody learns which cards there are, or whose.
        raise InvalidInput(NO_MATCH, field="card_no", code="card_no_match") from refusal


def _bind(account: Account, rule: PatientRule, card: CardFile, *, name: str, phone: str, typed: CardInput) -> VisitCard:
    index = bindings.card_index(card.card_no)
    try:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=account.pk)
            patient = _patient_of(account, rule, card, name=name, phone=phone, relation=typed.relation)
            held = VisitCard.objects.select_for_update().select_related("patient__account").filter(claim=index).first()
            if held is not None and held.patient.account_id == account.pk:
                return held
            if held is not None:
                _take_over(held, rule, agreed=typed.takes_over)
            return bindings.claim_card(patient, card.card_no, index, event="cards.bind")
    except IntegrityError as error:
        raise CardHeld("这张卡刚刚被其他账户绑定，请稍后再试", can_take_over=False) from error


def _patient_of(
    account: Account, rule: PatientRule, card: CardFile, *, name: str, phone: str, relation: str
) -> Patient:
    """Return the account's patient the card belongs to, put on the list where the account has none."""
    mine = queries.patients_of(account).filter(his_patient_id=card.patient_id).first()
    if mine is not None:
        return mine
    if not card.id_type:
        raise CardRefused("这张卡登记的证件不能在线办理，请带证件到服务台处理", code="card_document")
    return people.put_on_list(
        account,
        rule,
        card=card,
        name=name,
        phone=phone,
        relation=relation,
        phone_proved=phones.is_proved(account, phone),
    )


def _take_over(held: VisitCard, rule: PatientRule, *, agreed: bool) -> None:
    free_at = held.bound_at + timedelta(days=rule.card_cooling_days)
    if free_at > timezone.now():
        local = timezone.localtime(free_at)
        raise CardHeld(
            f"这张卡最近刚绑定到其他账户，{local.month}月{local.day}日 {local:%H:%M} 后才能换绑；"
            "如非家人操作，请带证件到服务台处理",
            can_take_over=False,
        )
    if not agreed:
        raise CardHeld("这张卡已绑定在其他账户。换绑后原账户不能再使用这张卡，并会收到通知", can_take_over=True)
    bindings.end(held, VisitCard.Ending.TAKEN_OVER)
    audit.record(
        "cards.taken_over",
        account_ref=held.patient.account.ref,
        object_type="patients.VisitCard",
        object_ref=held.ref,
        detail={"patient": held.patient.ref},
    )
    messaging.notify(
        account_ref=held.patient.account.ref,
        openid=queries.openid_of(held.patient.account),
        event="patients.card_taken_over",
        facts={"patient": held.patient.masked_name, "card": held.masked_card_no},
        key=f"card:{held.ref}",
        path="/-/go/patients.list/",
    )


@transaction.atomic
def unbind_card(*, account: Account, ref: str) -> Patient:
    """Give a card up; return its patient. Raises NotFoundError, PatientBusy while a booking stands."""
    Account.objects.select_for_update().get(pk=account.pk)
    card = queries.get_card(account, ref)
    people.must_be_free(card.patient, "")
    bindings.end(card, VisitCard.Ending.UNBOUND)
    audit.record(
        "cards.unbind",
        account_ref=account.ref,
        object_type="patients.VisitCard",
        object_ref=card.ref,
        detail={"patient": card.patient.ref},
    )
    return card.patient
