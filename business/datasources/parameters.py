"""Where the parameters of a call come from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from business.datasources.errors import MissingParameter
from business.datasources.models import DataSource

FIXED, QUERY, CAMPUS, PATIENT, FORM = "fixed", "query", "campus", "patient", "form"
ORIGINS: Final = {
    FIXED: _("固定值"),
    QUERY: _("页面地址中的参数"),
    CAMPUS: _("患者选择的院区代码"),
    PATIENT: _("当前就诊人的 HIS 患者号"),
    FORM: _("患者填写（表单）"),
}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")
LONGEST_VALUE = 500


@dataclass(frozen=True)
class Given:
    """What a visitor's request has to offer: plain values, whatever the page took them from."""

    query: Mapping[str, str] = field(default_factory=dict)
    campus: str = ""
    patient_number: str = ""
    form: Mapping[str, str] = field(default_factory=dict)


def values_for(source: DataSource, given: Given) -> dict[str, str]:
    """Return the parameters of one call; raise MissingParameter where a required one is not there."""
    values: dict[str, str] = {}
    for one in source.parameters:
        value = _value(one, given)[:LONGEST_VALUE]
        if value:
            values[one["name"]] = value
        elif one.get("required"):
            raise MissingParameter(one["name"])
    return values


def _value(parameter: Mapping[str, Any], given: Given) -> str:
    name, key = parameter["name"], parameter.get("value", "")
    origin = parameter.get("origin", FIXED)
    found = {
        FIXED: key,
        QUERY: given.query.get(key or name, ""),
        CAMPUS: given.campus,
        PATIENT: given.patient_number,
        FORM: given.form.get(name, ""),
    }.get(origin, "")
    return str(found).replace("\0", "").strip()
