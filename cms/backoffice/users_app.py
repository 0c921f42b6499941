"""Wagtail's users app with our rules; stands in INSTALLED_APPS in its place."""

from wagtail.users.apps import WagtailUsersAppConfig


class StaffUsersConfig(WagtailUsersAppConfig):
    """Points at our viewset."""

    user_viewset = "cms.backoffice.users.StaffViewSet"
