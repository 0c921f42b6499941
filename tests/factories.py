"""Builders of rows for tests: every row is valid, random where it does not matter, named where it does."""

from datetime import date, datetime, time, timedelta
from typing import Any

import factory
from django.conf import settings
from django.utils import timezone
from factory.django import DjangoModelFactory

from business.datasources.models import DataSource
from business.hospital.models import Campus, Department, Doctor
from business.notices.models import Notice
from business.patients import identity
from business.patients.accounts import index_of
from business.patients.models import Account, Identity, Patient
from business.payments.models import Merchant
from business.registration.models import Appointment, Schedule, Slot
from business.security import crypto
from business.security.refs import new_ref

LIVE = {
    Appointment.State.LOCKING,
    Appointment.State.HELD,
    Appointment.State.RELEASING,
    Appointment.State.CONFIRMING,
    Appointment.State.BOOKED,
    Appointment.State.CANCELLING,
}


def resident_id(
    number: int = 0, *, born: date = date(1990, 3, 7), gender: str = "female", region: str = "420106"
) -> str:
    """Return a valid resident ID number; another ``number`` is another person."""
    born = born + timedelta(days=number // 500)
    sequence = (number % 500) * 2 + (1 if gender == "male" else 0)
    seventeen = f"{region}{born:%Y%m%d}{sequence:03d}"
    return seventeen + identity.check_digit(seventeen)


def tomorrow() -> date:
    """Return the day after today, in Shanghai."""
    return timezone.localdate() + timedelta(days=1)


class AccountFactory(DjangoModelFactory):
    """An account without identities."""

    class Meta:
        model = Account
        skip_postgeneration_save = True

    @factory.post_generation
    def openid(self: Any, create: bool, extracted: str | None, **kwargs: Any) -> None:
        """``AccountFactory(openid="o123")`` binds a WeChat identity."""
        if create and extracted:
            kind, app_id = Identity.Kind.WECHAT_OPENID, settings.WECHAT["APP_ID"]
            Identity.objects.create(
                account=self,
                kind=kind,
                app_id=app_id,
                subject=extracted,
                subject_index=index_of(kind, app_id, extracted),
            )


class PatientFactory(DjangoModelFactory):
    """A listed patient whose file HIS has."""

    class Meta:
        model = Patient

    ref = factory.LazyFunction(new_ref)
    account = factory.SubFactory(AccountFactory)
    name = "林晓雯"
    name_index = factory.LazyAttribute(lambda o: crypto.blind_index("patient.name", o.name))
    id_number = factory.Sequence(resident_id)
    id_index = factory.LazyAttribute(lambda o: crypto.blind_index("patient.id_number", o.id_number))
    phone = factory.Sequence(lambda n: f"138{n:08d}")
    phone_index = factory.LazyAttribute(lambda o: crypto.blind_index("patient.phone", o.phone))
    relation = Patient.Relation.SELF
    is_default = True
    account_claim = factory.LazyAttribute(lambda o: f"{o.account.pk}:{o.id_index}")
    file_state = Patient.FileState.READY
    his_patient_id = factory.Sequence(lambda n: f"P{n:08d}")
    card_no = factory.Sequence(lambda n: f"C{n:010d}")


class CampusFactory(DjangoModelFactory):
    """A campus."""

    class Meta:
        model = Campus

    code = factory.Sequence(lambda n: f"campus-{n}")
    name = factory.Sequence(lambda n: f"第{n}院区")


class DepartmentFactory(DjangoModelFactory):
    """A bookable department on a campus of its own; give ``parent`` for the second level."""

    class Meta:
        model = Department

    code = factory.Sequence(lambda n: f"department-{n}")
    name = factory.Sequence(lambda n: f"消化内科{n}")
    campus = factory.SubFactory(CampusFactory)
    location = "门诊楼 3 层"


class DoctorFactory(DjangoModelFactory):
    """A doctor; give ``departments`` as a list."""

    class Meta:
        model = Doctor
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"doctor-{n}")
    name = factory.Sequence(lambda n: f"周明远{n}")
    gender = Doctor.Gender.MALE
    title = "主任医师"
    specialty = "消化道早癌的内镜诊治"

    @factory.post_generation
    def departments(self: Any, create: bool, extracted: list[Department] | None, **kwargs: Any) -> None:
        """Add the departments given."""
        if create and extracted:
            self.departments.add(*extracted)


class DataSourceFactory(DjangoModelFactory):
    """The packages of the sandbox's HIS, with a sample."""

    class Meta:
        model = DataSource

    code = factory.Sequence(lambda n: f"packages-{n}")
    name = factory.Sequence(lambda n: f"体检套餐{n}")
    kind = DataSource.Kind.HIS
    target = "exam-packages"
    sample = factory.LazyFunction(lambda: [{"code": "basic", "name": "入职体检套餐", "price_fen": 28000}])


class NoticeFactory(DjangoModelFactory):
    """A notice of the whole hospital that everybody sees now; ``department`` or ``doctor`` narrow it."""

    class Meta:
        model = Notice

    title = factory.Sequence(lambda n: f"冬季门诊时间调整{n}")
    body = "12月1日起，上午门诊 8:00 开诊。"
    department = None
    doctor = None
    scope = factory.LazyAttribute(lambda o: "doctor" if o.doctor else "department" if o.department else "hospital")
    starts_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))


class ScheduleFactory(DjangoModelFactory):
    """A doctor's clinic tomorrow morning for ¥50.00, without slots."""

    class Meta:
        model = Schedule

    code = factory.Sequence(lambda n: f"schedule-{n}")
    department = factory.SubFactory(DepartmentFactory)
    campus = factory.LazyAttribute(lambda o: o.department.campus)
    doctor = factory.SubFactory(DoctorFactory)
    date = factory.LazyFunction(tomorrow)
    session = Schedule.Session.MORNING
    clinic_name = "专家门诊"
    place = "门诊楼 3 层 305 诊室"
    fee_fen = 5000


class SlotFactory(DjangoModelFactory):
    """A free number of a schedule: number 1 at 08:10, a number every ten minutes."""

    class Meta:
        model = Slot

    schedule = factory.SubFactory(ScheduleFactory)
    number = 1
    code = factory.LazyAttribute(lambda o: f"{o.schedule.code}-{o.number}")
    starts_at = factory.LazyAttribute(
        lambda o: timezone.make_aware(datetime.combine(o.schedule.date, time(8))) + timedelta(minutes=10 * o.number)
    )
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=10))


class AppointmentFactory(DjangoModelFactory):
    """A booking; booked unless said otherwise, and claiming its slot while its state lives."""

    class Meta:
        model = Appointment

    trade_no = factory.Sequence(lambda n: f"T{n:019d}")
    patient = factory.LazyAttribute(
        lambda o: PatientFactory(account=o.account) if getattr(o, "account", None) else PatientFactory()
    )
    account = None
    slot = factory.SubFactory(SlotFactory)
    claimed_slot = factory.LazyAttribute(lambda o: o.slot if o.state in LIVE else None)
    patient_claim = factory.LazyAttributeSequence(lambda o, n: f"factory:{n}" if o.state in LIVE else None)
    request_key = factory.Sequence(lambda n: f"factory:{n}")
    fee_fen = factory.LazyAttribute(lambda o: o.slot.schedule.fee_fen)
    state = Appointment.State.BOOKED
    hold_expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=15))
    place = factory.LazyAttribute(lambda o: o.slot.schedule.place)

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        kwargs["account"] = kwargs["account"] or kwargs["patient"].account
        return kwargs


class MerchantFactory(DjangoModelFactory):
    """The hospital's WeChat Pay merchant."""

    class Meta:
        model = Merchant
        django_get_or_create = ("code",)

    code = "main"
    name = "江城示范医院"
    channel = Merchant.Channel.WECHATPAY
    mchid = factory.LazyFunction(lambda: settings.WECHATPAY["MCHID"] or "1900000001")
