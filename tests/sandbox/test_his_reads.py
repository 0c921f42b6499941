"""The demonstration hospital as HIS shows it, and who may ask."""

import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sandbox.app import sandbox_of
from sandbox.his.calendar import schedules_of
from sandbox.his.hospital import PEOPLE, resident_id
from sandbox.his.signature import sign
from sandbox.testing import RunningSandbox

from .clients import HisClient


def test_hospital_has_two_campuses_and_two_levels_of_departments(his: HisClient) -> None:
    campuses = {row["code"] for row in his.get("/campuses")}
    departments = his.get("/departments")
    parents = {row["code"] for row in departments if row["parent_code"] is None}
    leaves = [row for row in departments if row["parent_code"]]
    assert len(campuses) == 2
    assert len(leaves) >= 24
    assert {row["parent_code"] for row in leaves} == parents
    assert {row["campus_code"] for row in leaves} == campuses
    assert max(Counter(row["name"] for row in leaves).values()) == 2, "some exist on both campuses"


def test_doctors_belong_to_departments_that_exist(his: HisClient) -> None:
    doctors = his.get("/doctors")
    leaves = {row["code"] for row in his.get("/departments") if row["parent_code"]}
    assert len(doctors) >= 60
    assert len({row["name"] for row in doctors}) == len(doctors)
    assert all(set(row["department_codes"]) <= leaves and row["department_codes"] for row in doctors)
    assert {row["gender"] for row in doctors} == {"male", "female"}


def test_fourteen_days_of_schedules_with_stopped_full_and_general_clinics(
    his: HisClient, sandbox: RunningSandbox
) -> None:
    today = sandbox_of(sandbox.app).clock.today()
    rows = his.get("/schedules", **{"from": str(today), "to": str(today + timedelta(days=13))})
    assert len({row["date"] for row in rows}) == 14
    assert {row["session"] for row in rows} == {"morning", "afternoon", "evening"}
    assert any(row["state"] == "stopped" and row["remaining"] == 0 for row in rows)
    assert any(row["remaining"] == 0 and row["state"] == "open" for row in rows)
    assert any(row["doctor_code"] is None for row in rows)
    assert {row["fee_fen"] for row in rows} == {5000, 3000, 2000, 1000}


def test_slots_agree_with_their_schedule(
    his: HisClient, schedules: list[dict[str, Any]], tomorrow: dict[str, str]
) -> None:
    schedule = schedules[0]
    slots = his.get("/slots", schedule_code=schedule["code"], **tomorrow)
    assert len(slots) == schedule["total"]
    assert sum(slot["state"] == "free" for slot in slots) == schedule["remaining"]
    assert [slot["number"] for slot in slots] == list(range(1, len(slots) + 1))
    assert slots[0]["end"] > slots[0]["start"]


def test_calendar_of_a_day_is_the_same_every_time_it_is_built() -> None:
    day = date(2026, 12, 1)
    assert list(schedules_of(day)) == list(schedules_of(day))


def test_all_numbers_of_two_weeks_come_within_a_second(his: HisClient, tomorrow: dict[str, str]) -> None:
    started = time.perf_counter()
    slots = his.get("/slots", **tomorrow)
    assert 8000 <= len(slots) <= 12000
    assert time.perf_counter() - started < 1.5


def test_a_new_day_brings_a_new_last_day(his: HisClient, sandbox: RunningSandbox) -> None:
    parts = sandbox_of(sandbox.app)
    before = date.fromordinal(parts.clock.today().toordinal() + 14)
    wanted = {"from": str(before), "to": str(before)}
    assert his.get("/schedules", **wanted) == []
    sandbox.control("POST", "clock", {"advance_seconds": 86400})
    assert his.get("/schedules", **wanted) != []


def test_numbers_of_hours_gone_by_are_closed(his: HisClient, sandbox: RunningSandbox, tomorrow: dict[str, str]) -> None:
    sandbox.control("POST", "clock", {"advance_seconds": 3 * 86400})
    rows = his.get("/slots", **{"from": tomorrow["from"], "to": tomorrow["from"]})
    assert rows and all(row["state"] in {"closed", "taken"} for row in rows)


def test_updated_since_shows_only_what_changed(
    his: HisClient, sandbox: RunningSandbox, ask: dict[str, Any], tomorrow: dict[str, str]
) -> None:
    sandbox.control("POST", "clock", {"advance_seconds": 60})
    since = sandbox_of(sandbox.app).clock.now().isoformat()
    path = f"/schedules?from={tomorrow['from']}&to={tomorrow['to']}&updated_since={quote(since)}"
    assert his.ok(his.send("GET", path)) == []
    his.post("/registrations/lock", ask)
    assert [row["code"] for row in his.ok(his.send("GET", path))] == [ask["slot_code"].rsplit("-", 1)[0]]


def test_wrong_dates_are_a_parameter_error(his: HisClient) -> None:
    for query in (
        "",
        "?from=2026-12-01",
        "?from=2026-12-02&to=2026-12-01",
        "?from=x&to=y",
        "?from=2026-01-01&to=2026-12-31",
    ):
        answer = his.send("GET", "/slots" + query)
        assert (answer.status_code, answer.json()["code"]) == (400, "PARAM_ERROR"), query


def test_unsigned_late_and_repeated_requests_are_turned_away(his: HisClient) -> None:
    def code(**changes: str) -> str:
        answer = his.send("GET", "/campuses", **changes)
        assert answer.status_code == 401
        return str(answer.json()["code"])

    assert code(app_id="somebody") == "APP_UNKNOWN"
    assert code(signature="0" * 64) == "SIGN_ERROR"
    assert code(timestamp=str(int(time.time()) - 301)) == "TIMESTAMP_INVALID"
    assert code(timestamp="soon") == "TIMESTAMP_INVALID"
    assert his.send("GET", "/campuses", nonce="the-same-nonce").status_code == 200
    assert code(nonce="the-same-nonce") == "NONCE_USED"


def test_signature_covers_query_and_body(his: HisClient) -> None:
    headers = his.headers("GET", "/his/v1/slots?from=2026-12-01&to=2026-12-01", b"")
    other = his.http.get(his.url + "/his/v1/slots?from=2026-12-01&to=2026-12-02", headers=headers)
    assert other.json()["code"] == "SIGN_ERROR"


def test_signature_example_of_the_interface_document() -> None:
    document = (Path(__file__).parents[2] / "docs" / "his-interface.yaml").read_text(encoding="utf-8")
    signature = sign(
        "his-secret-for-documentation",
        "POST",
        "/his/v1/registrations/unlock",
        "1700000000",
        "0123456789abcdef",
        b'{"trade_no":"R20261201000001"}',
    )
    assert signature in document


def test_seeded_people_have_valid_identity_numbers() -> None:
    for person in PEOPLE:
        assert resident_id(person.id_number[:6], person.birth_date, int(person.id_number[14:17])) == person.id_number
        assert (int(person.id_number[16]) % 2 == 1) == (person.gender == "male")
