"""Where the theme studio hangs in the desk."""

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms.studio import menu_views, views


@hooks.register("register_admin_urls")
def studio_urls() -> list[URLPattern]:
    """Add the studio's addresses."""
    return [
        path("studio/", views.index, name="studio_index"),
        path("studio/new/", views.create, name="studio_create"),
        path("studio/import/", views.bring_in, name="studio_import"),
        path("studio/preview/", views.preview, name="studio_preview"),
        path("studio/<int:pk>/", views.edit, name="studio_edit"),
        path("studio/<int:pk>/export/", views.export, name="studio_export"),
        path("studio/<int:pk>/delete/", views.delete, name="studio_delete"),
        path("studio/<int:pk>/restore/<int:number>/", views.restore, name="studio_restore"),
        path("studio/use/", views.use, name="studio_use_add"),
        path("studio/use/<int:pk>/", views.use, name="studio_use"),
        path("studio/use/<int:pk>/end/", views.end_use, name="studio_use_end"),
        path("studio/wechat-menu/", menu_views.push, name="studio_menu_push"),
    ]


class StudioMenuItem(MenuItem):
    """Shown to those who may change themes."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Tell whether this person may."""
        return request.user.has_perm(views.CHANGE)


@hooks.register("register_admin_menu_item")
def studio_item() -> MenuItem:
    """Add the studio to the menu."""
    return StudioMenuItem(_("主题"), reverse("studio_index"), name="studio", icon_name="view", order=250)


@hooks.register("register_permissions")
def studio_permissions() -> QuerySet[Permission]:
    """Offer the studio's rights in the form of a role."""
    return Permission.objects.filter(
        content_type__app_label="studio",
        codename__in=["change_theme", "publish_theme", "change_wechatmenu", "push_wechatmenu"],
    )
