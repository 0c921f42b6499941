"""The control desk as a page: plain forms, no script."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.context import current
from sandbox.control import desk
from sandbox.errors import PayError
from sandbox.faults import CALLBACK_KINDS, ENDPOINTS, REQUEST_KINDS, FaultError
from sandbox.his import queue
from sandbox.wechatpay import orders

__all__ = ["blueprint"]

blueprint = Blueprint("desk", __name__, url_prefix="/control")

SHOWN = 20
FIELDS = ("endpoint", "kind", "times", "match", "ms", "seconds", "status", "code", "message", "copies")


@blueprint.get("/")
def show(problem: str = "", status: int = 200) -> Any:
    """控制台."""
    sandbox = current()
    page = render_template(
        "control.html",
        problem=problem,
        faults=sandbox.faults.list(),
        endpoints=ENDPOINTS,
        kinds={**REQUEST_KINDS, **CALLBACK_KINDS},
        transactions=desk.rows(sandbox, "transactions", {}, SHOWN),
        registrations=desk.rows(sandbox, "registrations", {}, SHOWN),
        refunds=desk.rows(sandbox, "refunds", {}, SHOWN),
        callbacks=desk.callbacks(sandbox, {}, SHOWN),
        requests=sandbox.journal.entries(limit=40),
        queues=desk.queues(sandbox),
        now=sandbox.clock.now(),
        offset=sandbox.clock.offset_seconds,
    )
    return page, status


@blueprint.post("/do/fault")
def add_fault() -> Any:
    """Switch a fault on from the form."""
    spec: dict[str, Any] = {name: request.form[name] for name in FIELDS if request.form.get(name)}
    spec["concurrent"] = "concurrent" in request.form
    try:
        current().faults.add(spec)
    except FaultError as error:
        return show(str(error), 400)
    return _back()


@blueprint.post("/do/clear")
def clear_faults() -> Response:
    """Remove one fault or all."""
    fault_id = request.form.get("id", type=int)
    current().faults.clear(fault_id=fault_id)
    return _back()


@blueprint.post("/do/pay")
def pay() -> Any:
    """Pay an order from the list."""
    try:
        orders.pay(current(), request.form.get("out_trade_no", ""))
    except PayError as error:
        return show(error.message, 400)
    return _back()


@blueprint.post("/do/hospital")
def hospital() -> Any:
    """Do what happens at the hospital itself: a clinic stops, a number goes at the window, a patient checks in."""
    sandbox, code = current(), request.form.get("code", "").strip()
    try:
        match request.form.get("what"):
            case "stop":
                desk.set_schedule(sandbox, code, "stopped", None)
            case "open":
                desk.set_schedule(sandbox, code, "open", None)
            case "take":
                desk.set_slot(sandbox, code, "taken")
            case "checkin":
                desk.check_in(sandbox, code)
            case "next":
                queue.call_next(sandbox.store, code)
            case "pass":
                queue.pass_over(sandbox.store, code)
            case "done":
                queue.finish(sandbox.store, code)
    except desk.DeskError as error:
        return show(str(error), 400)
    return _back()


@blueprint.post("/do/clock")
def clock() -> Response:
    """Move business time forward, or back to the machine's."""
    sandbox = current()
    if request.form.get("reset"):
        sandbox.clock.reset()
    else:
        sandbox.clock.advance(request.form.get("minutes", 0, type=int) * 60)
    return _back()


@blueprint.post("/do/reset")
def reset() -> Response:
    """Start over."""
    desk.reset(current())
    return _back()


def _back() -> Response:
    return redirect(url_for("desk.show"), code=303)
