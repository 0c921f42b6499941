"""Taking over a former system's accounts: dry, repeatable, line by line, and silent about persons."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from business.integration.models import OutboxItem
from business.patients import accounts
from business.patients.models import Account, Patient, PatientRule, VisitCard
from business.patients.services import bindings
from tests.factories import AccountFactory, PatientFactory, resident_id

pytestmark = [pytest.mark.django_db, pytest.mark.req("G1.2")]
HEAD = "openid,name,id_number,phone,relation,card_no,his_patient_id,id_type,gender,birth_date"


@pytest.fixture(autouse=True)
def app_id(settings: Any) -> None:
    settings.WECHAT = {**settings.WECHAT, "APP_ID": "wx-portal"}


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def take(*lines: str, write: bool = False, head: str = HEAD) -> tuple[str, str]:
        """Return what was printed and how it failed."""
        file, out, failed = tmp_path / "export.csv", StringIO(), ""
        file.write_text("\n".join([head, *lines]), encoding="utf-8-sig")
        try:
            call_command("import_accounts", str(file), write=write, stdout=out)
        except CommandError as error:
            failed = str(error)
        return out.getvalue(), failed

    return take


LIN = f"o-lin-000001,林晓雯,{resident_id(1)},13871326620,self,360110000001,P1,,,"
SON = f"o-lin-000001,林小雨,{resident_id(2)},13871326620,child,,,,,"
SMITH = "o-smith-00002,SMITH JOHN,E12345678,13871326621,self,,,passport,male,1988-02-29"
BARE = "o-bare-000003,,,,,,,,,"


def test_a_dry_run_says_what_would_come_and_changes_nothing(run) -> None:
    out, failed = run(LIN, SMITH, BARE)

    assert failed == ""
    assert "试运行，没有写入：共 3 行" in out
    for words in ("新账户 3", "新就诊人 2", "新绑定就诊卡 1"):
        assert words in out
    assert not Account.objects.exists()
    assert not VisitCard.objects.exists()


def test_writing_makes_accounts_patients_and_cards_that_sign_in_finds(run) -> None:
    run(LIN, SON, SMITH, BARE, write=True)

    account = accounts.account_of_openid("wx-portal", "o-lin-000001")
    assert account is not None
    lin, son = Patient.objects.filter(account=account).order_by("pk")
    assert (lin.is_default, lin.file_state, lin.his_patient_id, lin.phone_proved_at) == (True, "ready", "P1", None)
    assert (son.is_default, son.file_state, son.relation) == (False, "pending", "child")
    assert VisitCard.objects.get().patient == lin
    assert Patient.objects.get(id_type="passport").birth_date.year == 1988
    assert OutboxItem.objects.filter(topic="patients.file").count() == 2
    assert Account.objects.count() == 3


def test_running_it_again_changes_nothing(run) -> None:
    run(LIN, SON, BARE, write=True)
    before = [list(model.objects.values()) for model in (Account, Patient, VisitCard)]

    out, failed = run(LIN, SON, BARE, write=True)

    assert failed == ""
    assert "新账户" not in out
    assert "已有就诊人 2" in out
    assert [list(model.objects.values()) for model in (Account, Patient, VisitCard)] == before


def test_what_differs_is_told_and_left_as_it_is(run) -> None:
    run(LIN, write=True)
    other = PatientFactory(card_no="360110000009")
    bindings.claim_of_file(other)

    zhao = f"o-new-0000004,赵海,{resident_id(4)},13871326623,self,360110000009,,,,"
    out, failed = run(LIN.replace("林晓雯", "王小明"), zhao, write=True)

    assert failed == ""
    assert "第 2 行" in out
    assert "姓名不同" in out
    assert "第 3 行：就诊卡 ********0009 已绑定在其他账户" in out
    assert Patient.objects.get(his_patient_id="P1").name == "林晓雯"
    assert VisitCard.objects.get(claim=bindings.card_index("360110000009")).patient == other


def test_lines_that_fail_are_named_and_leave_nothing_behind_while_others_are_taken(run) -> None:
    PatientRule.objects.create(most_patients=1)
    bad = [
        "x y,,,,,,,,,",
        f"o-bad-0000001,林3,{resident_id(5)},13871326620,self,,,,,",
        "o-bad-0000002,林晓雯,420106199003070000,13871326620,self,,,,,",
        f"o-bad-0000003,林晓雯,{resident_id(6)},123,self,,,,,",
        "o-bad-0000004,SMITH JOHN,E12345678,13871326620,self,,,passport,,",
        "o-bad-0000005,,,,,360110000001,,,,",
        f"o-bad-0000006,林晓雯,{resident_id(7)},13871326620,friend,,,,,",
        "o-bad-0000007,林晓雯",
        "o-bad-0000008,,,,,,,,,,,more",
        SON,
    ]

    out, failed = run(LIN, *bad, write=True)

    assert failed.startswith("9 行未导入") or failed.startswith("10 行未导入")
    for number in (3, 4, 5, 6, 7, 8, 9, 11, 12):
        assert f"第 {number} 行：" in out
    assert Account.objects.count() == 1
    assert Patient.objects.count() == 1


def test_nothing_personal_is_printed(run) -> None:
    AccountFactory()
    wrong = "o-lin-000001,林3,42010619900307,138,self,,,,,"
    out, failed = run(LIN, SON, LIN.replace("林晓雯", "王小明"), wrong, write=True)
    again, _ = run(LIN.replace("林晓雯", "王小明"), write=True)

    printed = out + failed + again
    for secret in ("林晓雯", "王小明", resident_id(1), "13871326620", "o-lin-000001", "360110000001"):
        assert secret not in printed


@pytest.mark.parametrize("head", ["name,phone", "openid,secret", ""])
def test_a_file_with_other_columns_is_refused_as_a_whole(run, head) -> None:
    _out, failed = run(LIN, head=head, write=True)

    assert "列" in failed
    assert not Account.objects.exists()


def test_a_file_that_is_no_text_is_refused(tmp_path) -> None:
    file = tmp_path / "export.xls"
    file.write_bytes(b"\xd0\xcf\x11\xe0\xff")

    with pytest.raises(CommandError, match="UTF-8"):
        call_command("import_accounts", str(file))
    assert settings.WECHAT["APP_ID"]
