"""The whole way over HTTP against the sandbox: book, pay, confirmed by HIS; how long a patient waits for each."""

import http.client
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.utils import timezone

from bench import material
from bench.figures import Row, percentile
from bench.servers import Troupe
from business.patients import services as patients
from business.patients import sessions
from business.patients.accounts import index_of
from business.patients.models import Account, Identity, Patient
from business.payments.models import Order
from business.registration.models import Appointment, Schedule, Slot

STEPS = ("提交 hold", "下单 prepay", "到账 paid", "确认 booked", "全程 all")
PATIENCE = 30.0
FIRST_ID = 400_000  # resident IDs that nobody of the rush has


class Walk:
    """One patient's way."""

    def __init__(self, troupe: Troupe, number: int, slot: Slot) -> None:
        """Give the patient an account, a file in HIS and a session."""
        self._troupe, self._slot = troupe, slot
        user = _call(troupe.addresses.sandbox, "/control/users", {"user": f"guest-{number}"})
        self._account = Account.objects.create()
        kind, app_id, openid = Identity.Kind.WECHAT_OPENID, settings.WECHAT["APP_ID"], user["openid"]
        digest = index_of(kind, app_id, openid)
        Identity.objects.create(account=self._account, kind=kind, app_id=app_id, subject=openid, subject_index=digest)
        self._patient = patients.add_patient(
            account=self._account,
            name="林晓雯",
            id_number=material.resident_id(FIRST_ID + number),
            phone=f"139{number:08d}",
            relation=Patient.Relation.SELF,
        )
        self._token = sessions.start(self._account, "browser")

    def go(self) -> list[float]:
        """Walk it; return the seconds of each of STEPS."""
        marks = [time.perf_counter()]
        address = self._post("registration.confirm", "hold", {"slot": self._slot.ref, "patient": self._patient.ref})
        marks.append(time.perf_counter())
        order_ref = parse_qs(urlsplit(address).query)["order"][0]
        self._post("payments.checkout", "pay", {"order": order_ref})
        marks.append(time.perf_counter())
        order = Order.objects.get(ref=order_ref)
        _call(self._troupe.addresses.sandbox, "/control/pay", {"out_trade_no": order.out_trade_no})
        paid = (Order.State.PAID, Order.State.SETTLED)
        self._wait(lambda: Order.objects.filter(pk=order.pk, state__in=paid).exists())
        marks.append(time.perf_counter())
        booked = Appointment.objects.filter(ref=order.subject_ref, state=Appointment.State.BOOKED)
        self._wait(booked.exists)
        marks.append(time.perf_counter())
        return [later - earlier for earlier, later in pairwise(marks)] + [marks[-1] - marks[0]]

    def _post(self, role: str, action: str, form: Mapping[str, str]) -> str:
        from cms.pages.models import PortalPage

        page = PortalPage.objects.get(service_role=role)
        child = next(child for child in page.body if child.block.serves == role)
        body = urlencode({"csrfmiddlewaretoken": material.CSRF_SECRET, "request_key": self._token[:20], **form})
        cookies = f"{settings.ACCOUNT_COOKIE}={self._token}; {settings.CSRF_COOKIE_NAME}={material.CSRF_SECRET}"
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        line = http.client.HTTPConnection("127.0.0.1", self._troupe.addresses.portal, timeout=60)
        try:
            line.request("POST", f"/-/action/{page.pk}/{child.id}/{action}/", body, headers)
            answer = line.getresponse()
            content = answer.read()
        finally:
            line.close()
        if answer.status != 303:
            raise RuntimeError(f"{role} {action}: {answer.status} {content[:2000].decode(errors='replace')}")
        return answer.headers["Location"]

    @staticmethod
    def _wait(reached: Any) -> None:
        deadline = time.perf_counter() + PATIENCE
        while not reached():
            if time.perf_counter() > deadline:
                raise RuntimeError("a paid booking was not confirmed in time")
            time.sleep(0.01)


def measure(troupe: Troupe, *, count: int) -> list[Row]:
    """Let patients walk the whole way one after the other; nobody else is on the portal meanwhile."""
    day = timezone.localdate() + timedelta(days=3)
    clinics = Schedule.objects.filter(date=day, state=Schedule.State.OPEN).order_by("pk")
    free = [
        Slot.objects.filter(schedule=clinic, state=Slot.State.OPEN).order_by("-number").first() for clinic in clinics
    ]
    slots = [slot for slot in free if slot is not None][: count + 1]
    times = [Walk(troupe, number, slot).go() for number, slot in enumerate(slots, start=1)][1:]  # the first warms up
    columns = list(zip(*times, strict=True))
    split = ", ".join(
        f"{step} {percentile(column, 0.5) * 1000:.0f}" for step, column in zip(STEPS, columns, strict=True)
    )
    details = {
        step: {"p50_ms": percentile(c, 0.5) * 1000, "max_ms": max(c) * 1000}
        for step, c in zip(STEPS, columns, strict=True)
    }
    return [Row("–", f"预约→支付→确认, {len(times)} 次", f"p50 ms: {split}", details=details)]


def _call(port: int, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = line.getresponse()
        found: dict[str, Any] = json.loads(answer.read())
        if answer.status >= 400:
            raise RuntimeError(f"sandbox {path}: {answer.status} {found}")
        return found
    finally:
        line.close()
