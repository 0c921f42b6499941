"""Visit cards: bound by who holds the phone of the file, held by one account, taken over under a rule."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from business.integration import his
from business.integration.his import CardFile
from business.integration.outcomes import Refused, Unknown
from business.messaging.models import Message
from business.patients import queries, services
from business.patients.errors import CardHeld, CardRefused, NotFoundError, PatientBusy, TooMany
from business.patients.models import Patient, PatientRule, VisitCard
from business.patients.services import people
from business.security.errors import InvalidInput, PortalError
from business.security.models import AuditEvent
from tests.factories import AccountFactory, PatientFactory, resident_id

pytestmark = [pytest.mark.django_db, pytest.mark.req("1.1")]
PHONE = "13800000001"


class CardHis:
    """HIS with one card; ``answer`` replaces what it says."""

    def __init__(self) -> None:
        self.answer: Exception | None = None
        self.card = CardFile("P77", "360177", "resident_id", resident_id(77), "female", date(1990, 3, 7))

    def find_card(self, *, card_no: str, name: str, phone: str) -> CardFile:
        if self.answer:
            raise self.answer
        if card_no != self.card.card_no:
            raise Refused("NOT_FOUND")
        if name != "林晓雯":
            raise Refused("NAME_MISMATCH")
        if phone != PHONE:
            raise Refused("PHONE_MISMATCH")
        return self.card


@pytest.fixture
def card_his(monkeypatch) -> CardHis:
    fake = CardHis()
    monkeypatch.setattr(his, "client", lambda: fake)
    PatientRule.objects.create(phone_code=False)
    return fake


def bind(account: Any, **typed: Any) -> VisitCard:
    facts = {"card_no": "360177", "name": "林晓雯", "phone": PHONE, "relation": "parent", **typed}
    return services.bind_card(account=account, typed=services.CardInput(**facts))


def after(days: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(days=days))


def test_a_card_brings_its_patient_along_or_joins_the_one_that_is_there(card_his) -> None:
    new, known = AccountFactory(), AccountFactory()
    mine = PatientFactory(account=known, his_patient_id="P77", id_number=resident_id(77))

    card = bind(new)
    with after(8):
        joined = bind(known, takes_over=True)

    patient = card.patient
    assert (patient.id_number, patient.relation, patient.card_no) == (resident_id(77), "parent", "360177")
    assert patient.is_default
    assert patient.file_state == "ready"
    assert joined.patient == mine
    assert Patient.objects.filter(account=known).count() == 1
    assert AuditEvent.objects.filter(event="cards.bind", result="ok").count() == 2


def test_binding_again_changes_nothing(card_his) -> None:
    account = AccountFactory()

    assert bind(account) == bind(account, card_no=" 3601 77 ")
    assert VisitCard.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"card_no": "360178"}, {"name": "王小明"}, {"phone": "13800000002"}])
def test_what_does_not_match_is_one_sentence_whatever_it_was(card_his, wrong) -> None:
    with pytest.raises(InvalidInput) as caught:
        bind(AccountFactory(), **wrong)

    assert caught.value.sentence.startswith("卡号、姓名与办卡时预留的手机号不一致")
    assert not VisitCard.objects.exists()


def test_guessing_cards_is_stopped_for_the_day(card_his) -> None:
    account = AccountFactory()
    for number in range(people.MOST_REFUSALS):
        with pytest.raises(InvalidInput):
            bind(account, card_no=f"36010{number}")

    with pytest.raises(TooMany):
        bind(account)


def test_lost_cards_silence_and_foreign_documents(card_his) -> None:
    account = AccountFactory()
    card_his.answer = Refused("CARD_LOST")
    with pytest.raises(CardRefused, match="已挂失"):
        bind(account)
    card_his.answer = Unknown("timeout")
    with pytest.raises(Unknown):
        bind(account)
    card_his.answer = None
    card_his.card = CardFile("P78", "360177", "", "军字123", "male", date(1990, 3, 7))
    with pytest.raises(CardRefused, match="到服务台"):
        bind(account)
    assert not VisitCard.objects.exists()


@pytest.mark.parametrize(("typed", "says"), [("", "请填写"), ("36-01", None), ("36!", "字母和数字"), ("1" * 41, "位")])
def test_a_card_number_is_checked_before_anybody_is_asked(card_his, typed, says) -> None:
    with pytest.raises(InvalidInput, match=says or "不一致"):
        bind(AccountFactory(), card_no=typed)


def test_another_account_takes_a_card_over_after_the_cooling_time_and_the_holder_is_told(card_his) -> None:
    first, second = AccountFactory(openid="o-first"), AccountFactory()
    old = bind(first)

    with pytest.raises(CardHeld, match="后才能换绑") as soon:
        bind(second, takes_over=True)
    with after(8):
        with pytest.raises(CardHeld, match="已绑定在其他账户") as asked:
            bind(second)
        new = bind(second, takes_over=True)

    assert (soon.value.can_take_over, asked.value.can_take_over) == (False, True)
    old.refresh_from_db()
    assert (old.ending, old.claim) == ("taken_over", None)
    assert new.is_bound
    told = Message.objects.get(event="patients.card_taken_over")
    assert told.account_ref == first.ref
    assert "林晓雯" not in str(told.facts)
    assert AuditEvent.objects.filter(event="cards.taken_over", actor=first.ref).count() == 1
    with pytest.raises(NotFoundError):
        queries.get_card(first, old.ref)


def test_an_unbound_card_is_free_at_once_and_keeps_its_record(card_his, monkeypatch) -> None:
    first = AccountFactory()
    card = bind(first)
    monkeypatch.setattr(people, "_removal_guards", [lambda patient: "还有预约"])
    with pytest.raises(PatientBusy, match="还有预约"):
        services.unbind_card(account=first, ref=card.ref)
    monkeypatch.setattr(people, "_removal_guards", [])

    services.unbind_card(account=first, ref=card.ref)

    assert bind(AccountFactory()).is_bound
    assert list(VisitCard.objects.order_by("pk").values_list("ending", flat=True)) == ["unbound", ""]
    with pytest.raises(NotFoundError):
        services.unbind_card(account=first, ref=card.ref)


def test_nobody_unbinds_a_strangers_card(card_his) -> None:
    card = bind(AccountFactory())

    with pytest.raises(NotFoundError):
        services.unbind_card(account=AccountFactory(), ref=card.ref)
    card.refresh_from_db()
    assert card.is_bound


def test_removing_a_patient_frees_their_cards(card_his) -> None:
    account = AccountFactory()
    card = bind(account)

    services.remove_patient(account=account, ref=card.patient.ref)

    card.refresh_from_db()
    assert (card.claim, card.ending) == (None, "removed")


def test_a_full_list_takes_no_card_of_another_person(card_his) -> None:
    PatientRule.objects.update(most_patients=1)
    account = AccountFactory()
    PatientFactory(account=account)

    with pytest.raises(TooMany):
        bind(account)
    assert not VisitCard.objects.exists()


def at_once(jobs: list) -> list:
    barrier = Barrier(len(jobs))

    def run(job: Any) -> Any:
        barrier.wait()
        try:
            return job()
        except PortalError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_many_accounts_at_once_bind_one_card_once(card_his) -> None:
    accounts = [AccountFactory() for _ in range(8)]

    results = at_once([lambda account=account: bind(account) for account in accounts])

    assert sum(isinstance(result, VisitCard) for result in results) == 1
    assert {type(result) for result in results} == {VisitCard, CardHeld}
    assert VisitCard.objects.filter(claim__isnull=False).count() == 1
    # Who did not get the card did not get its patient either.
    assert Patient.objects.count() == 1


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_a_card_over_once(card_his) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=9)):
        bind(AccountFactory())
    accounts = [AccountFactory() for _ in range(6)]

    results = at_once([lambda account=account: bind(account, takes_over=True) for account in accounts])

    assert sum(isinstance(result, VisitCard) for result in results) == 1
    assert VisitCard.objects.filter(claim__isnull=False).count() == 1
    assert VisitCard.objects.count() == 2


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_a_list_never_grows_beyond_its_limit(monkeypatch) -> None:
    PatientRule.objects.create(most_patients=3, phone_code=False, name_check="off")
    monkeypatch.setattr("business.patients.services.files.ask_his", lambda *_: his.PatientFile("", ""))
    account = AccountFactory()

    def add(number: int) -> Any:
        return services.add_patient(
            account=account, name="林晓雯", id_number=resident_id(number), phone=PHONE, relation="other"
        )

    results = at_once([lambda number=number: add(number) for number in range(8)])

    assert sum(isinstance(result, Patient) for result in results) == 3
    assert queries.patients_of(account).count() == 3
