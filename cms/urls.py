"""All addresses of the portal."""

from django.conf import settings
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from blocks.patients.device_api import verify_code
from cms.editor.preview.drafts import draft
from cms.health import health
from cms.media import media
from cms.studio.css import theme_css

urlpatterns = [
    path(f"{settings.ADMIN_PATH}/", include(wagtailadmin_urls)),
    path("-/health/", health, name="health"),
    path("-/draft/<str:token>/", draft, name="editor_draft"),
    path("api/v1/codes/verify", verify_code, name="device_verify_code"),
    path("-/", include("themes.urls")),
    path("-/theme/<slug:digest>.css", theme_css, name="theme_css"),
    path("-/", include("blocks.urls")),
    path("-/", include("cms.articles.urls")),
    path("-/", include("cms.help.urls")),
    path("documents/", include(wagtaildocs_urls)),
    # Behind nginx this stays off: it hands out uploads itself.
    *([path("media/<path:path>", media, name="media")] if settings.SERVE_MEDIA else []),
    path("", include(wagtail_urls)),
]

handler400 = "cms.errors.bad_request"
handler403 = "cms.errors.forbidden"
handler404 = "cms.errors.not_found"
handler500 = "cms.errors.server_error"
