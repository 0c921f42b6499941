"""Booking: the service with HIS in memory beside the bare SQL; one hot clinic; what was sold is counted."""

import pickle
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import material, replay
from bench.figures import Row, Series, paired, ratio_text, speed
from bench.load import request_text
from bench.pages import keep_floor, one_slice
from bench.servers import Helper, Portal
from business.patients.models import Account
from business.payments.models import Order
from business.registration import services
from business.registration.models import Appointment, Slot

CLERKS, THREADS = 2, 4
CLIENTS = CLERKS * THREADS
SAVEPOINT = re.compile(r"\bs\d+_x\d+\b")  # Django numbers them
HOT_WANT = 2  # so many people want each number of the hot clinic


class Desk:
    """The clerks of one run and the numbers they have not yet used."""

    def __init__(self, rush: material.Rush, folder: Path) -> None:
        """Start the clerks and record the script from two real bookings."""
        self.rush, self.folder, self.next = rush, folder, 10
        self.script = record(rush)
        self.script_file = folder / "script.pickle"
        self.script_file.write_bytes(pickle.dumps(self.script))
        self.clerks = [Helper("bench.clerk", str(THREADS)) for _ in range(CLERKS)]

    def stop(self) -> None:
        """Send the clerks home."""
        for clerk in self.clerks:
            clerk.stop()

    def take(self, count: int) -> list[int]:
        """Return task numbers that nobody has used."""
        self.next += count
        if self.next > self.rush.count:
            raise RuntimeError("the rush has too few people")
        return list(range(self.next - count, self.next))

    def all_at_once(self, what: str, tasks: Sequence[dict[str, Any]], into: Series | None = None) -> Counter[str]:
        """Share tasks among the clerks, let them begin together, add the round to a series; return the outcomes."""
        start = time.time() + 0.15
        for number, clerk in enumerate(self.clerks):
            share = list(tasks[number::CLERKS])
            clerk.send({"do": what, "tasks": share, "script": str(self.script_file), "start_at": start})
        answers = [clerk.receive() for clerk in self.clerks]
        latencies = [latency for answer in answers for latency in answer["latencies"]]
        if into is not None:
            into.add(len(latencies), max(answer["ended_at"] for answer in answers) - start, latencies)
        return sum((Counter(answer["outcomes"]) for answer in answers), Counter[str]())

    def bare_tasks(self, count: int) -> list[dict[str, Any]]:
        """Return fresh values for so many replays."""
        return [{"names": {**self.rush.names(i), **replay.fresh_names(i)}} for i in self.take(count)]


def record(rush: material.Rush) -> list[replay.Statement]:
    """Book twice and make of it the script of bare SQL, with the transactions' begin and end written out."""
    recordings, names = [], []
    _one_booking(rush, 0)  # what is read once per process is no part of a booking
    # Far enough apart that no key counted up by the database can be taken for one of the rush; and an appointment
    # without an order, so that the next keys of the two tables differ.
    material.give_bookings(rush.first_account + 3, [Slot.objects.get(pk=rush.first_slot + 3)])
    for i in (1, 7):
        statements, appointment = _one_booking(rush, i)
        order = Order.objects.get(subject_ref=appointment.ref)
        recordings.append(statements)
        names.append(
            {
                "appointment_pk": appointment.pk,
                "appointment_ref": appointment.ref,
                "trade_ref": appointment.trade_no[7:],
                "order_pk": order.pk,
                "order_ref": order.ref,
                "out_ref": order.out_trade_no[8:],
                **rush.names(i),
            }
        )
    inserts = {Appointment._meta.db_table: "appointment_pk", Order._meta.db_table: "order_pk"}
    return replay.generalise(recordings[0], recordings[1], (names[0], names[1]), inserts)


def _one_booking(rush: material.Rush, i: int) -> tuple[list[tuple[str, Sequence[Any]]], Appointment]:
    arguments = _hold_arguments(rush, i)
    statements: list[tuple[str, Sequence[Any]]] = []
    inside = False

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal inside
        if connection.in_atomic_block and not inside and not sql.startswith("BEGIN"):
            statements.append((replay.BEGIN, ()))
        inside = connection.in_atomic_block or sql.startswith("BEGIN")
        statements.append((SAVEPOINT.sub("bench_savepoint", sql), tuple(params or ())))
        return execute(sql, params, many, context)

    database: Any = connection
    commit = database._commit  # the only place through which every backend ends a transaction

    def noted_commit() -> None:
        nonlocal inside
        inside = False
        statements.append((replay.COMMIT, ()))
        commit()

    database._commit = noted_commit
    try:
        with connection.execute_wrapper(note):
            appointment = services.hold(**arguments)
    finally:
        database._commit = commit
    return statements, appointment


def many_slots(desk: Desk, over_http: "HttpDesk", *, rounds: int, count: int) -> list[Row]:
    """Everybody books a number of their own: over HTTP, through the service, as bare SQL, and by pgbench."""
    http, service, bare, native = Series(), Series(), Series(), Series()
    ready = PgBench(desk) if connection.vendor == "postgresql" and shutil.which("pgbench") else None
    used: list[int] = []
    # A first small round opens the connections.
    desk.all_at_once("hold", [desk.rush.task(i) for i in desk.take(CLIENTS)])
    desk.all_at_once("bare", desk.bare_tasks(CLIENTS))
    over_http.round(desk.take(CLIENTS), Series())
    confirmed = 0
    for _ in range(rounds):
        taken = desk.take(count)
        confirmed += desk.all_at_once("hold", [desk.rush.task(i) for i in taken], service)["ok"]
        desk.all_at_once("bare", desk.bare_tasks(count), bare)
        if ready is not None:
            ready.round(count, native)
        posted = desk.take(count)
        confirmed += over_http.round(posted, http)
        used += [*taken, *posted]
    sold = sold_exactly([desk.rush.first_slot + i for i in used], confirmed)
    replayed = Appointment.objects.filter(ref__startswith=replay.MADE_UP["appointment_ref"]).count()
    if replayed != (wanted := CLIENTS + rounds * (count + (count // CLIENTS * CLIENTS if ready else 0))):
        raise RuntimeError(f"the bare SQL made {replayed} bookings instead of {wanted}")
    floor, named = (native, f"pgbench {native.rate:.0f}/s") if ready else (bare, f"bare SQL {speed(bare)}")
    statements = sum(s.sql not in {replay.BEGIN, replay.COMMIT} for s in desk.script)
    known = {"sold": sold, "bare_rates": bare.rates, "pgbench_rates": native.rates, "statements": statements}

    def row(name: str, measured: Series, against: Series, floor_text: str, *, judged: bool) -> Row:
        ratio = paired(measured.rates, against.rates)
        figure = speed(measured) + (f"; {measured.cpu:.1f} ms CPU" if measured.cpu_ms else "")
        met = ratio[0] >= 0.25 if judged else None
        details = {**known, "rates": measured.rates, "floor_rates": against.rates}
        return Row("B1", name, figure, floor_text, ratio_text(ratio), "≥ 0.25" if judged else "", met, details)

    rows = [
        row("提交预约 POST, HTTP + CSRF", http, floor, named, judged=True),
        row(f"预约服务 hold(), {statements} SQL", service, floor, named, judged=False),
    ]
    if ready is not None:
        rows.append(row("同上 hold() ÷ raw driver", service, bare, f"bare SQL {speed(bare)}", judged=False))
    return [*rows, _sold_row("多个号 many slots", sold)]


def hot_clinic(desk: Desk, *, rounds: int, count: int) -> list[Row]:
    """Twice as many people as numbers rush at one clinic; the floor is one row that everybody changes."""
    service, floor = Series(), Series()
    native = connection.vendor == "postgresql" and shutil.which("pgbench") is not None
    script = desk.folder / "hot.pgbench"
    script.write_text(HOT_SCRIPT)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_hot (id integer PRIMARY KEY, remaining integer NOT NULL)")
        cursor.execute("CREATE TABLE bench_sale (buyer bigint NOT NULL)")
        cursor.execute("INSERT INTO bench_hot VALUES (1, 1000000)")
    slots: list[int] = []
    confirmed = 0
    for number in range(rounds):
        clinic = material.make_schedule(f"bench-hot{number:02d}")
        made = material.make_slots(clinic, count // HOT_WANT)
        slots += [slot.pk for slot in made]
        people = [desk.rush.task(i) for i in desk.take(count)]
        wishes = [{**person, "slot": made[n // HOT_WANT].ref} for n, person in enumerate(people)]
        confirmed += desk.all_at_once("hold", wishes, service)["ok"]
        if native:
            floor.rates.append(pgbench(script, max(count // CLIENTS, 1), {}))
        else:
            desk.all_at_once("hot", people, floor)
    sold = sold_exactly(slots, confirmed)
    ratio = paired(service.rates, floor.rates)
    row = Row(
        "B2",
        f"一个热门门诊 hot clinic, {HOT_WANT} 人抢 1 号",
        speed(service),
        f"{'pgbench' if native else 'bare SQL'} one hot row {floor.rate:.0f}/s",
        ratio_text(ratio),
        "≥ 0.80",
        ratio[0] >= 0.8,
        {"rates": service.rates, "floor_rates": floor.rates},
    )
    return [row, _sold_row("热门门诊 hot clinic", sold, numbers=len(slots))]


HOT_SCRIPT = """BEGIN;
UPDATE bench_hot SET remaining = remaining - 1 WHERE id = 1 AND remaining > 0;
INSERT INTO bench_sale (buyer) VALUES (1);
COMMIT;
"""


def sold_exactly(slots: list[int], confirmed: int) -> dict[str, int]:
    """Count what the database holds of these slots against what clients were told."""
    claims = list(Appointment.objects.filter(claimed_slot__in=slots).values_list("claimed_slot", flat=True))
    live = Appointment.objects.filter(slot__in=slots).exclude(state=Appointment.State.FAILED).count()
    return {"sold": len(set(claims)), "duplicates": live - len(set(claims)), "lost": confirmed - len(set(claims))}


def _sold_row(name: str, sold: dict[str, int], numbers: int | None = None) -> Row:
    figure = f"售出 sold {sold['sold']}{f'/{numbers}' if numbers else ''}, 重复 duplicates {sold['duplicates']}"
    figure += f", 丢失 lost {sold['lost']}"
    exact = not sold["duplicates"] and not sold["lost"] and (numbers is None or sold["sold"] == numbers)
    return Row("B2", name, figure, wanted="exactly", met=exact, details=dict(sold))


class HttpDesk:
    """Bookings as a browser sends them: signed in, CSRF-checked, to the confirmation's form."""

    def __init__(self, portal: Portal, generator: Helper, rush: material.Rush) -> None:
        """Find the form's address."""
        from cms.pages.models import PortalPage

        page = PortalPage.objects.get(service_role="registration.confirm")
        child = next(child for child in page.body if child.block.serves == "registration.confirm")
        self.action = f"/-/action/{page.pk}/{child.id}/hold/"
        self._portal, self._generator, self._rush = portal, generator, rush

    def request(self, i: int, *, slot: str | None = None, path: str = "") -> str:
        """Write the form of person ``i``."""
        task = self._rush.task(i)
        form = {"csrfmiddlewaretoken": material.CSRF_SECRET, "slot": slot or task["slot"], "patient": task["patient"]}
        body = urlencode({**form, "request_key": task["key"]})
        headers = {"Cookie": material.cookies(i)}
        return request_text(path or self.action, port=self._portal.port, method="POST", headers=headers, body=body)

    def round(self, tasks: Sequence[int], into: Series) -> int:
        """Let all book their own number; return how many were sent on to pay."""
        requests = [self.request(i) for i in tasks]
        answer = one_slice(self._portal, self._generator, requests, into=into, expect=303)
        return int(answer["statuses"]["303"])

    def sold_out(self, desk: Desk, folder: Path, *, rounds: int, seconds: float) -> Row:
        """Refuse a number that is gone, beside a view that answers the same bytes to the same form."""
        person, gone = desk.take(2)
        services.hold(**_hold_arguments(desk.rush, gone))
        slot = desk.rush.task(gone)["slot"]
        client = Client(headers={"host": "127.0.0.1"})
        client.cookies[settings.ACCOUNT_COOKIE] = material.token(person)
        task = desk.rush.task(person)
        form = {"slot": slot, "patient": task["patient"], "request_key": task["key"]}
        client.post(self.action, form)
        with CaptureQueriesContext(connection) as queries:
            refused = client.post(self.action, form)
        floor_path = keep_floor(folder, "sold-out", refused.content)
        refusal, floor = Series(), Series()
        for number in range(rounds + 1):
            for into, path, status in ((refusal, "", 422), (floor, floor_path, 200)):
                requests = [self.request(person, slot=slot, path=path)]
                counted = into if number else Series()
                one_slice(self._portal, self._generator, requests, into=counted, seconds=seconds, expect=status)
        ratio = paired(refusal.rates, floor.rates)
        return Row(
            "B3",
            "约满的回答 sold-out refusal",
            f"{speed(refusal)}; {refusal.cpu:.1f} ms CPU, {len(queries)} SQL, {len(refused.content) / 1000:.1f} kB",
            f"{speed(floor)}; {floor.cpu:.2f} ms CPU",
            ratio_text(ratio),
            "≥ 0.80, 0 SQL",
            ratio[0] >= 0.8 and not len(queries),
            {"rates": refusal.rates, "floor_rates": floor.rates, "sql": len(queries)},
        )


def _hold_arguments(rush: material.Rush, i: int) -> dict[str, Any]:
    task = rush.task(i)
    account = Account.objects.get(pk=task["account"])
    return {"account": account, "patient_ref": task["patient"], "slot_ref": task["slot"], "request_key": task["key"]}


class PgBench:
    """pgbench doing the same statements with as many clients."""

    def __init__(self, desk: Desk) -> None:
        """Write its script."""
        from psycopg import sql

        connection.ensure_connection()
        raw = connection.connection
        rush = desk.rush
        bases = {"slot_pk": rush.first_slot, "account_pk": rush.first_account, "patient_pk": rush.first_patient}
        # Person 7's texts with the number made a variable: bp7 → bp:i.
        texts = {name: re.sub(r"\d+$", ":i", str(value)) for name, value in rush.names(7).items() if name not in bases}
        texts |= {name: f"{letters}:i" for name, letters in replay.MADE_UP.items()}
        texts["request_key"] = f":account_pk:{texts['key']}"
        self.text = replay.pgbench_script(desk.script, texts, bases, lambda v: sql.Literal(v).as_string(raw))
        self._desk, self._file = desk, desk.folder / "booking.pgbench"
        self._file.write_text(self.text)

    def round(self, count: int, into: Series) -> None:
        """Do as many bookings as the other sides and add the round."""
        share = count // CLIENTS
        first = self._desk.take(share * CLIENTS)[0]
        output = pgbench(self._file, share, {"n": 0, "first": first - 1, "share": share})
        into.rates.append(output)


def pgbench(script: Path, each: int, variables: dict[str, int]) -> float:
    """Run a script with all clients, so many times each; return transactions per second. Raises RuntimeError."""
    where = connection.settings_dict
    target = f"postgresql://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT'] or 5432}"
    command = ["pgbench", "--no-vacuum", "-M", "simple", "-c", str(CLIENTS), "-j", "2", "-t", str(each)]
    command += [f"-D{name}={value}" for name, value in variables.items()]
    result = subprocess.run(
        [*command, "-f", str(script), f"{target}/{where['NAME']}"], capture_output=True, text=True, check=False
    )
    found = re.search(r"tps = ([\d.]+) \(without initial", result.stdout)
    if result.returncode or not found or "aborted" in result.stderr:
        raise RuntimeError(f"pgbench: {result.stderr[-500:]}")
    return float(found[1])
