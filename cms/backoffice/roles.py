"""The roles of staff, as code: what each may see and do. `setup_roles` brings the database to what is written here."""

from dataclasses import dataclass, field

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.contrib.settings.registry import registry as settings_registry
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from cms.editor.moderation.setup import setup_workflow

EDITOR = "编辑"
ADMINISTRATOR = "管理员"
FINANCE = "财务"
# Who looks at what departments submit.
REVIEWERS = (EDITOR, ADMINISTRATOR)

_ADMIN_ACCESS = "wagtailadmin.access_admin"
_PAGES = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")
_IMAGES = ("add_image", "change_image", "choose_image")
_DOCUMENTS = ("add_document", "change_document", "choose_document")
_MEDIA = ("add_media", "change_media")
_TEMPLATES = tuple(f"library.{action}_pagetemplate" for action in ("view", "add", "change", "delete"))
_CATEGORIES = tuple(f"articles.{action}_category" for action in ("view", "add", "change", "delete"))
_SHARED = tuple(
    f"shared.{action}_sharedblock" for action in ("view", "add", "change", "delete", "publish", "lock", "unlock")
)
_HELP = ("help.view_helpcategory", "help.add_helpcategory", "help.change_helpcategory", "help.view_helpvote")
_HOSPITAL = (
    "hospital.view_campus",
    "hospital.view_department",
    "hospital.view_doctor",
    "registration.view_schedule",
    "registration.view_slot",
    "registration.add_schedule",
    "registration.change_schedule",
    "registration.delete_schedule",
    "registration.view_clinicchange",
    "registration.view_affectedbooking",
    "registration.change_affectedbooking",
    "registration.view_waitingentry",
    "registration.view_syncrun",
    "registration.add_syncrun",
    *(
        f"registration.{deed}_{model}"
        for model in ("clinictemplate", "releaserule", "titlefee", "holiday")
        for deed in ("view", "add", "change")
    ),
)
_NOTICES = ("notices.view_notice", "notices.add_notice", "notices.change_notice")
_PLACES = (
    "hospital.view_place",
    "hospital.add_place",
    "hospital.change_place",
    "hospital.delete_place",
    "hospital.view_floorplan",
    "hospital.change_floorplan",
    "hospital.view_condition",
    "hospital.add_condition",
    "hospital.change_condition",
)
_MONEY = (
    "payments.view_order",
    "payments.view_payment",
    "payments.view_refund",
    "payments.view_incident",
    "payments.view_ledgerline",
    "payments.view_merchant",
    "payments.view_payrule",
    "finance.view_batch",
    "finance.view_difference",
    "finance.view_refundrequest",
    "finance.view_financerule",
)


@dataclass(frozen=True)
class Role:
    """A group: its rights by full name, and those over the page tree and the collections."""

    name: str
    permissions: tuple[str, ...]
    pages: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    # Every settings form of the site (theme, hospital …), whichever apps are installed.
    site_settings: bool = field(default=False)


# Groups that Wagtail's own migrations make, with English names and rights over every page.
NOT_OURS = ("Editors", "Moderators")

ROLES = (
    # Publicity: pages and pictures, nothing about a patient or a payment.
    Role(
        EDITOR,
        (
            _ADMIN_ACCESS,
            *_NOTICES,
            *_TEMPLATES,
            *_SHARED,
            *_PLACES,
            *_CATEGORIES,
            *_HELP,
            "studio.change_wechatmenu",
        ),
        pages=_PAGES,
        collections=(*_IMAGES, *_DOCUMENTS, *_MEDIA),
    ),
    # Everything but decisions about money. Users are switched off, not deleted; roles are code, so nobody widens
    # their own in the browser.
    Role(
        ADMINISTRATOR,
        (
            _ADMIN_ACCESS,
            *_NOTICES,
            "auth.add_user",
            "auth.change_user",
            *_HOSPITAL,
            *_TEMPLATES,
            *_SHARED,
            *_PLACES,
            "hospital.view_departmentgroup",
            "hospital.add_departmentgroup",
            "hospital.change_departmentgroup",
            *_CATEGORIES,
            *_HELP,
            "registration.view_appointment",
            "registration.view_bookingrule",
            "registration.add_bookingrule",
            "registration.change_bookingrule",
            "patients.view_account",
            "patients.view_patient",
            "patients.view_visitcard",
            "patients.change_visitcard",
            "patients.view_block",
            "patients.change_block",
            "patients.view_appeal",
            "patients.change_appeal",
            "patients.view_codemessage",
            "patients.view_scan",
            "patients.view_device",
            "patients.add_device",
            "patients.change_device",
            "patients.view_patientrule",
            "patients.change_patientrule",
            "patients.view_blacklistrule",
            "patients.change_blacklistrule",
            "messaging.view_message",
            "messaging.view_messagetemplate",
            "messaging.add_messagetemplate",
            "messaging.change_messagetemplate",
            "visits.view_visit",
            "visits.view_visitrule",
            "visits.add_visitrule",
            "visits.change_visitrule",
            "visits.view_checkpoint",
            "visits.add_checkpoint",
            "visits.change_checkpoint",
            "messaging.view_messagerule",
            "messaging.change_messagerule",
            "studio.change_theme",
            "studio.publish_theme",
            "studio.push_wechatmenu",
            "integration.view_calllog",
            "integration.view_outboxitem",
            "integration.change_outboxitem",
            "datasources.view_datasource",
            "datasources.add_datasource",
            "datasources.change_datasource",
            "security.view_auditevent",
            *_MONEY,
            "backoffice.unmask_patient",
            "backoffice.cancel_booking",
            "backoffice.export_bookings",
            "backoffice.check_audit",
            "bundles.carry_portal",
            "block_rules.change_blockrule",
            "block_rules.change_pagelock",
            "wagtailcore.add_site",
            "wagtailcore.change_site",
            "wagtailredirects.add_redirect",
            "wagtailredirects.change_redirect",
            "wagtailredirects.delete_redirect",
        ),
        pages=(*_PAGES, "bulk_delete_page"),
        collections=(*_IMAGES, *_DOCUMENTS, *_MEDIA, "add_collection", "change_collection", "delete_collection"),
        site_settings=True,
    ),
    # Money: what was paid, what went back, what does not add up. No pages, no bookings, no patients.
    Role(
        FINANCE,
        (
            _ADMIN_ACCESS,
            *_MONEY,
            "payments.change_incident",
            "payments.add_merchant",
            "payments.change_merchant",
            "payments.take_payment",
            "payments.add_payrule",
            "payments.change_payrule",
            "finance.change_batch",
            "finance.change_difference",
            "finance.approve_difference",
            "finance.change_refundrequest",
            "finance.add_financerule",
            "finance.change_financerule",
            "backoffice.retry_refund",
            "backoffice.export_money",
        ),
    ),
)


class MissingPermission(Exception):
    """A right named here does not exist in the database: the migrations have not run."""


def _permissions(names: tuple[str, ...]) -> list[Permission]:
    found = {
        f"{one.content_type.app_label}.{one.codename}": one
        for one in Permission.objects.filter(codename__in=[name.partition(".")[2] for name in names]).select_related(
            "content_type"
        )
    }
    if missing := [name for name in names if name not in found]:
        raise MissingPermission(", ".join(missing))
    return [found[name] for name in names]


def _site_settings() -> tuple[str, ...]:
    return tuple(f"{model._meta.app_label}.change_{model._meta.model_name}" for model in settings_registry)


@transaction.atomic
def setup_roles() -> dict[str, Group]:
    """Create the roles or bring them back to what is written here; running it again changes nothing.

    Returns the groups by name. Raises MissingPermission if the migrations have not run.
    """
    groups: dict[str, Group] = {}
    root, collection = Page.get_first_root_node(), Collection.get_first_root_node()
    for role in ROLES:
        group, _created = Group.objects.get_or_create(name=role.name)
        names = role.permissions + (_site_settings() if role.site_settings else ())
        group.permissions.set(_permissions(names))
        for model, place, codenames in (
            (GroupPagePermission, {"page": root}, role.pages),
            (GroupCollectionPermission, {"collection": collection}, role.collections),
        ):
            wanted = {one.pk for one in Permission.objects.filter(codename__in=codenames)}
            for row in model.objects.filter(group=group, **place).exclude(permission_id__in=wanted):
                row.delete()
            for pk in wanted:
                model.objects.get_or_create(group=group, permission_id=pk, **place)
        groups[role.name] = group
    setup_workflow([groups[name] for name in REVIEWERS])
    Group.objects.filter(name__in=NOT_OURS, user__isnull=True).delete()
    return groups
