"""Which doctors a page presents."""

from django.db.models import Q

from business.hospital.models import Department, Doctor


def doctors(*, codes: list[str] | None = None, department_code: str = "", limit: int = 60) -> list[Doctor]:
    """Return active doctors with their departments: those named, in that order; those of a department and everything
    below it; or all. At most three queries.
    """
    rows = Doctor.objects.filter(is_active=True).prefetch_related("departments")
    if codes is not None:
        by_code = {row.code: row for row in rows.filter(code__in=codes)}
        return [by_code[code] for code in dict.fromkeys(codes) if code in by_code][:limit]
    if department_code:
        department = Department.objects.filter(code=department_code, is_active=True).first()
        if department is None:
            return []
        below = Q(
            departments__tree_id=department.tree_id,
            departments__lft__gte=department.lft,
            departments__rght__lte=department.rght,
        )
        rows = rows.filter(below).distinct()
    return list(rows.order_by("sort", "pk")[:limit])
