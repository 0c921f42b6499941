"""The patient's code and the scanners that read it: fresh, signed, used once, heard once, written down."""

import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from business.patients import codes
from business.patients.models import Account, Device, DeviceNonce, Patient, Scan
from business.patients.services import scans
from business.security.models import AuditEvent
from tests.factories import PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("2.1")]
DOCUMENT = yaml.safe_load((Path(settings.BASE_DIR) / "docs/device-interface.yaml").read_text(encoding="utf-8"))
URL = "/api/v1/codes/verify"


@pytest.fixture
def device() -> Device:
    return Device.objects.create(name="一楼自助机", secret=scans.new_secret())


def ask(device: Device, body: Any, /, **changes: str) -> Any:
    """Send a signed request, written here once more so that the test does not trust the portal's code."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp, nonce = changes.get("stamp", str(int(time.time()))), changes.get("nonce", f"nonce-{time.time_ns()}")
    secret = changes.get("secret", device.secret)
    text = f"POST\n{URL}\n{stamp}\n{nonce}\n".encode() + raw
    headers = {
        "X-Device-Id": changes.get("device", device.ref),
        "X-Timestamp": stamp,
        "X-Nonce": nonce,
        "X-Signature": changes.get("signature", hmac.new(secret.encode(), text, sha256).hexdigest()),
    }
    return Client().post(URL, raw, content_type="application/json", headers=headers)


def test_a_code_changes_each_time_and_names_nobody() -> None:
    patient = PatientFactory()
    first, second = codes.issue(patient), codes.issue(patient)

    assert first != second
    assert codes.verify(first) == patient == codes.verify(f" {second.lower()} ")
    for secret in (patient.name, patient.id_number, patient.card_no, patient.his_patient_id):
        assert secret not in first
    # Only characters that a QR code holds at their densest: large squares that old scanners read.
    assert set(first) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.")
    assert len(first) < 90


def test_a_code_lives_a_minute() -> None:
    patient, now = PatientFactory(), timezone.now()
    text = codes.issue(patient, at=now)

    assert codes.verify(text, at=now + timedelta(seconds=60)) == patient
    for wrong in (timedelta(seconds=61), timedelta(seconds=-10)):
        with pytest.raises(codes.CodeInvalid, match="过期"):
            codes.verify(text, at=now + wrong)


def test_a_forged_code_is_refused_without_asking_the_database(django_assert_num_queries) -> None:
    one, other = PatientFactory(), PatientFactory()
    parts = codes.issue(one).split(".")
    forged = [
        ".".join([parts[0], other.ref.upper(), *parts[2:]]),
        ".".join([*parts[:2], "ZZZZZZ", *parts[3:]]),
        ".".join([*parts[:4], "0" * 26]),
        "PHP1.x",
        "",
        "https://example.org",
    ]

    with django_assert_num_queries(0):
        for text in forged:
            with pytest.raises(codes.CodeInvalid, match="不是本院"):
                codes.verify(text)


def test_a_removed_patient_and_a_closed_account_have_no_code() -> None:
    removed, closed = PatientFactory(), PatientFactory()
    texts = codes.issue(removed), codes.issue(closed)
    Patient.objects.filter(pk=removed.pk).update(removed_at=timezone.now())
    Account.objects.filter(pk=closed.account_id).update(is_active=False)

    for text in texts:
        with pytest.raises(codes.CodeInvalid):
            codes.verify(text)


def test_a_device_learns_who_it_is_and_uses_the_code_up(device) -> None:
    patient = PatientFactory(name="林晓雯")
    text = codes.issue(patient)

    first = ask(device, {"code": text, "purpose": "check_in", "request_no": "K1"}).json()
    again = ask(device, {"code": text, "purpose": "check_in", "request_no": "K1"}).json()
    used = ask(device, {"code": text, "purpose": "check_in", "request_no": "K2"}).json()
    elsewhere = Device.objects.create(name="二楼", secret=scans.new_secret())

    assert first["data"]["patient_id"] == patient.his_patient_id
    assert first["data"]["name"] == "**雯"
    assert patient.id_number not in str(first)
    assert again == first
    assert (used["code"], used["data"]) == ("CODE_USED", None)
    assert ask(elsewhere, {"code": text, "purpose": "check_in", "request_no": "K1"}).json()["code"] == "CODE_USED"
    fresh = codes.issue(patient)
    assert ask(elsewhere, {"code": fresh, "purpose": "pay"}).json()["code"] == "OK"
    assert Scan.objects.count() == 2
    seen = AuditEvent.objects.filter(event="device.scanned")
    assert seen.filter(result="ok", object_ref=patient.ref).count() == 2
    assert seen.filter(result="denied").count() == 2


def test_telling_who_somebody_is_uses_nothing_up(device) -> None:
    text = codes.issue(PatientFactory())

    purposes = ("identify", "identify", "pay")
    answers = [ask(device, {"code": text, "purpose": purpose}).json()["code"] for purpose in purposes]

    assert answers == ["OK", "OK", "OK"]


def test_a_device_does_only_what_it_is_registered_for(device) -> None:
    Device.objects.update(purposes=["check_in"])

    answer = ask(device, {"code": codes.issue(PatientFactory()), "purpose": "pay"}).json()

    assert answer["code"] == "PURPOSE_FORBIDDEN"
    assert not Scan.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "wrong"}, "SIGN_ERROR"),
        ({"device": "unknown"}, "SIGN_ERROR"),
        ({"stamp": "1700000000"}, "TIMESTAMP_INVALID"),
        ({"stamp": "soon"}, "TIMESTAMP_INVALID"),
        ({"nonce": "short"}, "NONCE_INVALID"),
    ],
)
def test_a_request_that_is_not_rightly_signed_is_refused_and_written_down(device, changes, code) -> None:
    answer = ask(device, {"code": codes.issue(PatientFactory()), "purpose": "pay"}, **changes)

    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert not Scan.objects.exists()
    assert AuditEvent.objects.get(event="device.refused").detail["reason"] == code


def test_the_same_request_is_heard_once_and_a_switched_off_device_never(device) -> None:
    body = {"code": codes.issue(PatientFactory()), "purpose": "identify"}

    assert ask(device, body, nonce="nonce-1234").status_code == 200
    assert ask(device, body, nonce="nonce-1234").json()["code"] == "NONCE_USED"
    DeviceNonce.objects.update(at=timezone.now() - timedelta(hours=1))
    assert scans.forget_nonces() == 1
    Device.objects.update(is_active=False)
    assert ask(device, body).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"code": 1, "purpose": "pay"}', b'{"code": "x"}', b"x" * 5000])
def test_what_is_no_request_is_told_so(device, body) -> None:
    answer = ask(device, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR")


def test_guessing_keys_is_slowed(device) -> None:
    answers = [ask(device, {}, secret="wrong").status_code for _ in range(61)]

    assert answers[:60] == [401] * 60
    assert answers[60] == 429


def test_the_interface_document_says_what_is_so(device) -> None:
    operation = DOCUMENT["paths"][URL]["post"]
    text = f"POST\n{URL}\n1700000000\n0123456789abcdef\n".encode() + b'{"code":"PHP1.X","purpose":"identify"}'
    answer = ask(device, {"code": codes.issue(PatientFactory()), "purpose": "identify"}).json()

    assert hmac.new(b"device-secret-for-documentation", text, sha256).hexdigest() in DOCUMENT["info"]["description"]
    assert set(answer["data"]) == set(DOCUMENT["components"]["schemas"]["Patient"]["required"])
    purposes = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["purpose"]["enum"]
    assert purposes == ["check_in", "pay", "collect", "identify"]


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
def test_a_code_shown_to_many_scanners_at_once_is_used_once() -> None:
    text = codes.issue(PatientFactory())
    devices = [Device.objects.create(name=f"设备{n}", secret="x") for n in range(6)]

    def scan(one: Device) -> str:
        try:
            scans.scan(device=one, text=text, purpose="pay")
            return "ok"
        except scans.ScanRefused as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(scan, devices))

    assert sorted(answers) == ["code_used"] * 5 + ["ok"]
