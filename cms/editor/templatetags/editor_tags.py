"""Template tags of the editor's desk."""

from django import template

from blocks import images
from cms.editor.dashboard import default_site
from cms.pages.settings import PortalSettings

register = template.Library()


@register.simple_tag
def hospital() -> dict[str, str]:
    """Return the hospital's name and logo for the desk's branding."""
    site = default_site()
    if site is None:
        return {"name": "掌上医院", "logo_url": ""}
    settings = PortalSettings.for_site(site)
    return {"name": settings.hospital_name, "logo_url": images.url_of(settings.logo, "square")}
