"""Who of a department's own staff may edit which introductions: the group of a department reaches all below it.

A group gets the right to change its pages and no right to publish: what it writes goes through the workflow and waits
for the publicity office (46.14–46.17). Where the hospital lets it, it may add articles too, and change those of its
own people; nothing else below the index of articles.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from business.hospital.models import Department, DepartmentGroup
from cms.pages.models import DepartmentPage, DoctorPage

ADMIN_ACCESS = ("wagtailadmin", "access_admin")
PICTURES = ("add_image", "change_image", "choose_image")
GROUP_NAME = "科室·{name}（{code}）"


@transaction.atomic
def put(department: Department, members: list[Any], *, may_write_articles: bool = False) -> DepartmentGroup:
    """Make the staff of a department exactly ``members``; its group is made when it is needed."""
    row = DepartmentGroup.objects.select_related("group").filter(department=department).first()
    if row is None:
        group = Group.objects.create(name=GROUP_NAME.format(name=department.name, code=department.code))
        row = DepartmentGroup.objects.create(department=department, group=group)
        _may_enter(group)
    if row.may_write_articles != may_write_articles:
        row.may_write_articles = may_write_articles
        row.save(update_fields=["may_write_articles"])
    row.group.user_set.set(members)
    grant()
    return row


def _may_enter(group: Group) -> None:
    """Let a group into the desk, with a collection of pictures of its own."""
    app, codename = ADMIN_ACCESS
    group.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    root = Collection.get_first_root_node()
    own = root.get_children().filter(name=group.name).first() or root.add_child(name=group.name)
    for permission in Permission.objects.filter(content_type__app_label="wagtailimages", codename__in=PICTURES):
        GroupCollectionPermission.objects.get_or_create(group=group, collection=own, permission=permission)


@transaction.atomic
def grant() -> int:
    """Bring the groups' rights over pages to what the tree of departments says; return how many changed.

    Called whenever introductions were made or staff assigned; a constant number of queries, and none that writes where
    nothing changed.
    """
    rows = list(DepartmentGroup.objects.select_related("department"))
    if not rows:
        return 0
    names = ("change_page", "add_page")
    found = Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=names).order_by("-codename")
    change, add = found  # by name, backwards: "change_page", "add_page"
    departments = {d.pk: d for d in Department.objects.all()}
    pages_of: dict[int, set[int]] = {pk: set() for pk in departments}
    for department_id, page_id in DepartmentPage.objects.values_list("department_id", "pk"):
        pages_of[department_id].add(page_id)
    for department_id, page_id in DoctorPage.objects.values_list("doctor__departments", "pk"):
        if department_id is not None:
            pages_of[department_id].add(page_id)
    wanted = {
        (row.group_id, page, change.pk)
        for row in rows
        for department in departments.values()
        if _is_at_or_below(department, departments[row.department_id])
        for page in pages_of[department.pk]
    }
    writing = [row.group_id for row in rows if row.may_write_articles]
    places = _places_of_articles() if writing else []
    wanted |= {(group, place, add.pk) for group in writing for place in places}
    there = {
        (one.group_id, one.page_id, one.permission_id): one.pk
        for one in GroupPagePermission.objects.filter(
            group_id__in=[row.group_id for row in rows], permission__in=[change, add]
        )
    }
    gone = [pk for right, pk in there.items() if right not in wanted]
    GroupPagePermission.objects.filter(pk__in=gone).delete()
    new = sorted(wanted - set(there))
    GroupPagePermission.objects.bulk_create(
        GroupPagePermission(group_id=group, page_id=page, permission_id=permission) for group, page, permission in new
    )
    return len(gone) + len(new)


def _places_of_articles() -> list[int]:
    return list(Page.objects.filter(content_type__model="articleindexpage").values_list("pk", flat=True))


def _is_at_or_below(department: Department, other: Department) -> bool:
    return department.tree_id == other.tree_id and other.lft <= department.lft and department.rght <= other.rght
