"""The sandbox as one Flask app."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, render_template, request

from sandbox import gate
from sandbox.context import Options, Sandbox, current
from sandbox.control.api import blueprint as control
from sandbox.control.page import blueprint as control_page
from sandbox.credentials import load_or_create
from sandbox.his.api import blueprint as his
from sandbox.his.book import ensure_calendar
from sandbox.store import Store
from sandbox.tencentcloud.api import pages as text_messages
from sandbox.tencentcloud.api import realname, sms
from sandbox.wechat import users
from sandbox.wechat.api import blueprint as wechat
from sandbox.wechatpay.api import blueprint as pay
from sandbox.wechatpay.callbacks import Dispatcher
from sandbox.wechatpay.cashier import blueprint as cashier
from sandbox.wechatpay.crypto import PayKeys
from sandbox.wechatpay.parties import Platform, parties

__all__ = ["create_app", "sandbox_of", "stop"]

SECURITY_HEADERS: Mapping[str, str] = {
    # The cashier's form must be allowed to end on the portal, which is another origin, so no form-action here.
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def create_app(state_dir: Path | str, portal_url: str, **options: Any) -> Flask:
    """Build the app, its state where there is none, and start the thread that sends notices.

    ``options`` are the further fields of :class:`sandbox.context.Options`. Call :func:`stop` when done with it.
    """
    state = Path(state_dir)
    state.mkdir(parents=True, exist_ok=True)
    credentials = load_or_create(state)
    sandbox = Sandbox(
        options=Options(state_dir=state, portal_url=portal_url.rstrip("/"), **options),
        credentials=credentials,
        store=Store(state / "sandbox.db"),
        pay_keys=(pay_keys := PayKeys.load(credentials)),
        parties=parties(credentials),
        platform=Platform(pay_keys.wechatpay_private),
    )
    users.fill(sandbox.store)
    ensure_calendar(sandbox.store, sandbox.clock)
    app = Flask(__name__)
    app.extensions["sandbox"] = sandbox
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    gate.install(app, sandbox)
    for blueprint in (his, sms, realname, text_messages, wechat, pay, cashier, control, control_page):
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "index", _index)
    app.add_template_filter(_yuan, "yuan")
    app.add_template_filter(_moment, "moment")
    app.after_request(_secure)
    sandbox.dispatcher = Dispatcher(sandbox)
    sandbox.dispatcher.start()
    return app


def sandbox_of(app: Flask) -> Sandbox:
    """Return the parts of an app, for tests that look inside."""
    sandbox: Sandbox = app.extensions["sandbox"]
    return sandbox


def stop(app: Flask) -> None:
    """Let held requests go and end the sending thread."""
    sandbox = sandbox_of(app)
    sandbox.faults.clear()
    sandbox.dispatcher.stop()
    sandbox.store.close()


def _index() -> str:
    sandbox = current()
    return render_template("index.html", portal=sandbox.options.portal_url, credentials=sandbox.credentials)


def _secure(response: Any) -> Any:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _yuan(fen: int) -> str:
    return f"¥{fen / 100:.2f}"


def _moment(text: str | None) -> str:
    """Show an ISO time as people read it."""
    return text[:19].replace("T", " ") if text else ""
