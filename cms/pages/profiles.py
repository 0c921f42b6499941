"""Portraits and links of introductions, for the blocks that list doctors and departments."""

from typing import Any

from wagtail.models import Site

from blocks import images
from blocks.profiles import Profile
from cms.pages.models import DepartmentPage, DoctorPage
from cms.pages.roles import address_of


def _profiles(pages: Any, key: str) -> dict[int, Profile]:
    found = list(pages)
    images.prefetch_renditions(page.photo for page in found)
    sites = list(Site.objects.select_related("root_page").order_by("-is_default_site"))
    return {
        getattr(page, key): Profile(
            photo_url=images.url_of(page.photo, "portrait"),
            page_url=next((address_of(page, s) for s in sites if page.path.startswith(s.root_page.path)), ""),
        )
        for page in found
    }


def doctors(ids: list[int]) -> dict[int, Profile]:
    """Return the profiles of doctors that have a live page: three queries however many they are."""
    pages = DoctorPage.objects.live().filter(doctor_id__in=ids).select_related("photo").defer("body")
    return _profiles(pages, "doctor_id")


def departments(ids: list[int]) -> dict[int, Profile]:
    """Return the profiles of departments that have a live page."""
    pages = DepartmentPage.objects.live().filter(department_id__in=ids).select_related("photo").defer("body")
    return _profiles(pages, "department_id")
