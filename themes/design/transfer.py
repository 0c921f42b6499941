"""A theme as a file: written with its version and a check sum, read back only when whole and understood."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from themes.design.spec import BadTheme, ThemeSpec

FORMAT: Final = "pocket-hospital-theme"
VERSION: Final = 1
LONGEST_BYTES: Final = 200_000
NAME_LENGTH: Final = 30


@dataclass(frozen=True)
class Parcel:
    """What a theme file holds."""

    name: str
    description: str
    pack: str
    spec: ThemeSpec


class BadFile(ValueError):
    """A file that is no theme; the text says why, for staff."""


def _check_sum(theme: dict[str, Any]) -> str:
    canonical = json.dumps(theme, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def dump(parcel: Parcel) -> str:
    """Return the text of a theme file."""
    theme = {
        "name": parcel.name,
        "description": parcel.description,
        "pack": parcel.pack,
        "spec": {part: values for part, values in parcel.spec.as_data().items() if values},
    }
    whole = {"format": FORMAT, "version": VERSION, "sha256": _check_sum(theme), "theme": theme}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def load(content: bytes) -> Parcel:
    """Return what a theme file holds; raise BadFile with the reason when it is damaged, newer, or no theme at all."""
    if len(content) > LONGEST_BYTES:
        raise BadFile(_("文件太大，不是主题文件。"))
    try:
        whole = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadFile(_("文件已损坏，或者不是主题文件。")) from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise BadFile(_("这不是掌上医院的主题文件。"))
    version = whole.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadFile(_("文件没有写明版本，可能已损坏。"))
    if version > VERSION:
        raise BadFile(
            _("文件来自更新的版本（%(theirs)d），本系统只能读到版本 %(ours)d，请先升级。")
            % {"theirs": version, "ours": VERSION}
        )
    theme = whole.get("theme")
    if not isinstance(theme, dict) or whole.get("sha256") != _check_sum(theme):
        raise BadFile(_("文件已损坏或被改动：校验值不符，请重新导出。"))
    name, description, pack = (theme.get(key, "") for key in ("name", "description", "pack"))
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_LENGTH or not isinstance(description, str):
        raise BadFile(_("文件里没有主题名称，或名称太长。"))
    if not isinstance(pack, str):
        raise BadFile(_("文件已损坏，或者不是主题文件。"))
    try:
        spec = ThemeSpec.read(theme.get("spec"))
    except BadTheme as error:
        raise BadFile(_("文件里有不能使用的值：%(reason)s") % {"reason": str(error)}) from error
    return Parcel(name.strip(), description[:200], pack, spec)
