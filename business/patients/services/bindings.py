"""The rows of bindings: one that stands holds its card's claim, one that ended keeps its record."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from business.patients.errors import PatientBusy
from business.patients.models import Patient, VisitCard
from business.security import audit, crypto


def card_index(card_no: str) -> str:
    """Return the blind index of a card number: one purpose for every number that somebody may quote at the counter."""
    return crypto.blind_index("patient.id_number", card_no)


def claim_card(patient: Patient, card_no: str, index: str, *, event: str) -> VisitCard:
    """Bind a card; raises IntegrityError where another binding stands."""
    card = VisitCard.objects.create(
        patient=patient, card_no=card_no, card_index=index, claim=index, bound_at=timezone.now()
    )
    audit.record(
        event,
        account_ref=patient.account.ref,
        object_type="patients.VisitCard",
        object_ref=card.ref,
        detail={"patient": patient.ref},
    )
    return card


def end(card: VisitCard, ending: str) -> None:
    """End a binding."""
    card.claim, card.ended_at, card.ending = None, timezone.now(), ending
    card.save(update_fields=["claim", "ended_at", "ending"])


def claim_of_file(patient: Patient) -> None:
    """Bind the card of a patient's file to them where no account holds it; in the transaction that stores the file."""
    if not patient.card_no:
        return
    index = card_index(patient.card_no)
    if VisitCard.objects.filter(claim=index).exists():
        return
    try:
        with transaction.atomic():
            claim_card(patient, patient.card_no, index, event="cards.bind_file")
    except IntegrityError:
        return  # another account was faster: it holds the card, this patient is served without


def end_all(patient: Patient) -> None:
    """End the bindings of a patient who is taken off the list; in that transaction."""
    for card in VisitCard.objects.filter(patient=patient, claim__isnull=False):
        end(card, VisitCard.Ending.REMOVED)


def end_by_staff(card: VisitCard) -> None:
    """End a binding at the counter; in the transaction in which the deed is written down."""
    if not card.is_bound:
        raise PatientBusy("这张卡已经解绑")
    end(card, VisitCard.Ending.STAFF)
