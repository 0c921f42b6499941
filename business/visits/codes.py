"""The code that hangs at a check-in point: ``<point>.<version>.<signature>`` behind the portal's address."""

import re

from django.utils.translation import gettext as _

from business.security import crypto
from business.security.refs import ALPHABET, REF_LENGTH
from business.visits.errors import CodeInvalid
from business.visits.models import CheckPoint

SIGNATURE_DIGITS = 24
_FORM = re.compile(rf"([{ALPHABET}]{{{REF_LENGTH}}})\.(\d{{1,5}})\.([0-9a-f]{{{SIGNATURE_DIGITS}}})")


def _signature(ref: str, version: int) -> str:
    return crypto.seal(f"visits.checkpoint\0{ref}\0{version}")[:SIGNATURE_DIGITS]


def code_of(point: CheckPoint) -> str:
    """Return the text of a point's code."""
    return f"{point.ref}.{point.version}.{_signature(point.ref, point.version)}"


def point_of(code: str) -> CheckPoint:
    """Return the point a code stands for; 2 SQL, none for a forgery. Raises CodeInvalid."""
    form = _FORM.fullmatch(code.strip())
    if form is None or not crypto.same(form[3], _signature(form[1], int(form[2]))):
        raise CodeInvalid(_("这不是本院的报到码，请扫报到点张贴的二维码。"))
    point = CheckPoint.objects.select_related("campus").prefetch_related("departments").filter(ref=form[1]).first()
    if point is None or point.version != int(form[2]):
        raise CodeInvalid(_("这个报到码已更换，请扫报到点新张贴的二维码。"))
    return point
