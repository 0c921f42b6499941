"""The settings that travel with a whole portal: those of its site, the themes it wears and when, the account's menu."""

from collections.abc import Mapping
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from wagtail.contrib.settings.registry import registry as settings_registry
from wagtail.models import Site

from business.hospital.models import Campus
from cms.bundles.records import Finder, Namer, fields_of, put_values, values_of
from cms.library import travel
from cms.studio import services as studio
from cms.studio.models import HIGHEST_PRIORITY, Theme, ThemeUse, WechatMenu

USES: Final = ThemeUse._meta.label_lower
MENU: Final = WechatMenu._meta.label_lower


def setting_model(label: str) -> Any:
    """Return the model of a setting that travels; None for everything else, whatever a bundle says."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return None
    if model is WechatMenu:
        return model
    travels = model in settings_registry and hasattr(model, "site") and not hasattr(model, "exclude_from_bundles")
    return model if travels else None


def row_of(model: Any, site: Site) -> Any:
    """Return the setting of a site as it is stored; None where nobody has saved it yet."""
    return model.objects.first() if model is WechatMenu else model.objects.filter(site=site).first()


def records(site: Site, namer: Namer) -> list[dict[str, Any]]:
    """Return the settings of a site as records; the themes it wears are named, and so travel as things."""
    found: list[dict[str, Any]] = []
    for model in [*settings_registry, WechatMenu]:
        row = row_of(model, site) if setting_model(model._meta.label_lower) else None
        if row is not None and not any(one["type"] == model._meta.label_lower for one in found):
            found.append({"type": model._meta.label_lower, "fields": values_of(row, namer, skip={"site"})})
    found.append({"type": USES, "fields": {"uses": uses_of(site, namer)}})
    return found


def uses_of(site: Site, namer: Namer) -> list[dict[str, Any]]:
    """Return which published themes a site wears, where and when."""
    found = []
    for use in ThemeUse.objects.filter(site=site).select_related("theme", "campus").order_by("-priority", "pk"):
        if use.theme.published is None:
            continue
        found.append(
            {
                "theme": namer.token(Theme, travel.PRIMARY_KEY, use.theme_id),
                "campus": namer.token(Campus, travel.PRIMARY_KEY, use.campus_id) if use.campus_id else None,
                "starts_at": use.starts_at.isoformat() if use.starts_at else None,
                "ends_at": use.ends_at.isoformat() if use.ends_at else None,
                "priority": use.priority,
            }
        )
    return found


def label_of(label: str) -> str:
    """Return the Chinese name of a setting."""
    return str(apps.get_model(label)._meta.verbose_name)


def difference(label: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields in which a setting here differs from the one of a bundle."""
    if label == USES:
        return []
    model: Any = apps.get_model(label)
    known = {one.name: str(one.verbose_name) for one in fields_of(model)}
    return [known[name] for name in known if name in theirs and mine.get(name) != theirs[name]]


def put(record: Mapping[str, Any], site: Site, finder: Finder) -> list[str]:
    """Make a setting what a bundle says; return what has to be said of it. The menu is never pushed by itself."""
    label = str(record.get("type", ""))
    if label == USES:
        return _put_uses(record["fields"].get("uses") or [], site, finder)
    model = setting_model(label)
    if model is None:
        return []
    row = row_of(model, site) or (model() if model is WechatMenu else model(site=site))
    put_values(row, record["fields"], finder)
    row.save()
    return [_("公众号菜单已存为草稿，到「公众号菜单」里看过再推送。")] if model is WechatMenu else []


def _put_uses(uses: list[Mapping[str, Any]], site: Site, finder: Finder) -> list[str]:
    said = []
    wanted = []
    for one in uses:
        theme = Theme.objects.filter(pk=_key(one.get("theme"), f"thing:{Theme._meta.label_lower}:", finder)).first()
        campus_key = _key(one.get("campus"), f"code:{Campus._meta.label_lower}:", finder)
        if theme is None or (one.get("campus") and campus_key is None):
            said.append(_("有一条主题安排没有导入：这里没有它的主题或院区。"))
        elif theme.published is None:
            said.append(_("主题「%(name)s」还没有发布，它的使用安排没有导入。") % {"name": theme.name})
        else:
            wanted.append((theme, campus_key, one))
    if not wanted and uses:
        return said
    ThemeUse.objects.filter(site=site).delete()
    for theme, campus_key, one in wanted:
        start, end = (parse_datetime(str(one.get(name) or "")) for name in ("starts_at", "ends_at"))
        priority = min(max(int(one.get("priority") or 0), 0), HIGHEST_PRIORITY)
        ThemeUse.objects.create(
            site=site, theme=theme, campus_id=campus_key, starts_at=start, ends_at=end, priority=priority
        )
    studio.rewrite(site)
    return said


def _key(token: Any, kind: str, finder: Finder) -> Any:
    key = finder.key(token) if isinstance(token, str) and token.startswith(kind) else None
    return None if key is travel.GONE else key


def kept(row: models.Model, namer: Namer) -> dict[str, Any]:
    """Return a setting here as a bundle would say it."""
    return values_of(row, namer, skip={"site"})
