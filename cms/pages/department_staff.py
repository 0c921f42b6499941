"""Who of a department's own staff may edit which introductions: the group of a department reaches all below it.

A group gets the right to change its pages and no right to publish: what it writes waits for the publicity office, or
goes through the workflow where one is set (46.14–46.17).
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission

from business.hospital.models import Department, DepartmentGroup
from cms.pages.models import DepartmentPage, DoctorPage

ADMIN_ACCESS = ("wagtailadmin", "access_admin")
PICTURES = ("add_image", "change_image", "choose_image")
GROUP_NAME = "科室·{name}（{code}）"


@transaction.atomic
def put(department: Department, members: list[Any]) -> DepartmentGroup:
    """Make the staff of a department exactly ``members``; its group is made when it is needed."""
    row = DepartmentGroup.objects.select_related("group").filter(department=department).first()
    if row is None:
        group = Group.objects.create(name=GROUP_NAME.format(name=department.name, code=department.code))
        row = DepartmentGroup.objects.create(department=department, group=group)
        _may_enter(group)
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
    change = Permission.objects.get(content_type__app_label="wagtailcore", codename="change_page")
    departments = {d.pk: d for d in Department.objects.all()}
    pages_of: dict[int, set[int]] = {pk: set() for pk in departments}
    for department_id, page_id in DepartmentPage.objects.values_list("department_id", "pk"):
        pages_of[department_id].add(page_id)
    for department_id, page_id in DoctorPage.objects.values_list("doctor__departments", "pk"):
        if department_id is not None:
            pages_of[department_id].add(page_id)
    wanted = {
        (row.group_id, page)
        for row in rows
        for department in departments.values()
        if _is_at_or_below(department, departments[row.department_id])
        for page in pages_of[department.pk]
    }
    groups = [row.group_id for row in rows]
    there = {
        (one.group_id, one.page_id): one.pk
        for one in GroupPagePermission.objects.filter(group_id__in=groups, permission=change)
    }
    gone = [pk for pair, pk in there.items() if pair not in wanted]
    GroupPagePermission.objects.filter(pk__in=gone).delete()
    new = sorted(wanted - set(there))
    GroupPagePermission.objects.bulk_create(
        GroupPagePermission(group_id=group, page_id=page, permission=change) for group, page in new
    )
    return len(gone) + len(new)


def _is_at_or_below(department: Department, other: Department) -> bool:
    return department.tree_id == other.tree_id and other.lft <= department.lft and department.rght <= other.rght
