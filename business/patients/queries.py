"""Reading patients; every look-up is scoped to the signed-in account."""

from django.conf import settings
from django.db.models import QuerySet

from business.patients.errors import NotFoundError
from business.patients.models import Account, Identity, Patient, VisitCard


def patients_of(account: Account) -> QuerySet[Patient]:
    """Return the account's listed patients, the default one first."""
    return Patient.objects.filter(account=account, removed_at=None)


def get_patient(account: Account, ref: str) -> Patient:
    """Return one of the account's listed patients; raise NotFoundError for any other reference."""
    patient = patients_of(account).filter(ref=ref).first()
    if patient is None:
        raise NotFoundError("没有找到这位就诊人，可能已被移除，请重新选择")
    return patient


def default_patient(account: Account) -> Patient | None:
    """Return the patient to preselect, None where the account has none."""
    return patients_of(account).first()


def openid_of(account: Account) -> str:
    """Return the account's openid at our official account, empty where it has none."""
    identity = Identity.objects.filter(
        account=account, kind=Identity.Kind.WECHAT_OPENID, app_id=settings.WECHAT["APP_ID"]
    ).first()
    return identity.subject if identity else ""


def cards_of(patient: Patient) -> QuerySet[VisitCard]:
    """Return the cards that are bound to a patient, the oldest first."""
    return VisitCard.objects.filter(patient=patient, claim__isnull=False)


def get_card(account: Account, ref: str) -> VisitCard:
    """Return a card bound to one of the account's patients; raise NotFoundError for any other reference."""
    bound = VisitCard.objects.select_related("patient__account").filter(claim__isnull=False)
    card = bound.filter(patient__account=account, patient__removed_at=None, ref=ref).first()
    if card is None:
        raise NotFoundError("没有找到这张就诊卡，可能已解绑")
    return card
