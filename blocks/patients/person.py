"""What the forms of adding and of editing do alike: change with the document chosen, send a code, come back with it."""

from collections.abc import Callable
from typing import Any

from blocks.actions import ActionRequest, ActionResult, Again
from blocks.client_address import source_ip
from blocks.patients.forms import PatientForm
from business.patients import services
from business.patients.errors import TooSoon
from business.patients.models import Patient
from business.security.errors import PortalError

OK = 200
CODE_STEP = "code"


def shape(asked: ActionRequest, stored: Patient | None = None) -> ActionResult:
    """Show the form again with the fields that the chosen document needs; nothing typed is lost or judged."""
    return Again({"form": _shown_again(asked, stored)}, status=OK)


def wants_code(asked: ActionRequest) -> bool:
    """Whether the button of the code was pressed, not that of the form."""
    return asked.data.get("step") == CODE_STEP


def send_code(asked: ActionRequest, stored: Patient | None = None) -> ActionResult:
    """Send a code to the number typed and show the form again, everything typed kept."""
    assert asked.account is not None  # noqa: S101  # the blocks need an account
    answer: dict[str, Any]
    try:
        sent = services.send_code(
            account=asked.account, phone=asked.data.get("phone", ""), source_ip=source_ip(asked.request)
        )
        answer = {"code_sent": sent, "resend_seconds": sent.resend_seconds}
    except TooSoon as error:
        answer = {"code_problem": error.sentence, "resend_seconds": error.seconds}
    except PortalError as error:
        answer = {"code_problem": error.sentence}
    status = OK if "code_sent" in answer else Again().status
    return Again({"form": _shown_again(asked, stored), **answer}, status=status)


def _shown_again(asked: ActionRequest, stored: Patient | None) -> PatientForm:
    shown = {name: value for name, value in asked.data.items() if name != "code"}
    form = PatientForm(account=asked.account, typed=shown, stored=stored)
    if wants_code(asked) and "code" in form.fields:
        form.fields["code"].widget.attrs["autofocus"] = True
    return form


def submit(
    asked: ActionRequest, stored: Patient | None, service: Callable[..., Patient], **more: Any
) -> Patient | Again:
    """Check the form, call the service, return the patient; or the form again with each complaint at its field."""
    form = PatientForm(asked.data, account=asked.account, stored=stored)
    if not form.is_valid():
        return Again({"form": form})
    try:
        return service(account=asked.account, **form.facts(), code=form.cleaned_data.get("code") or "", **more)
    except PortalError as error:
        # The number may be proved by now: the form is made anew, and shows the code's field no more.
        form = PatientForm(asked.data, account=asked.account, stored=stored, rule=form.rule)
        form.is_valid()
        form.take(error)
        return Again({"form": form})
