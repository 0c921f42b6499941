"""Where the help centre hangs in the editor's desk."""

from wagtail import hooks

from cms.help.desk import HelpGroup


@hooks.register("register_admin_viewset")
def register_desk() -> HelpGroup:
    """Hang the lists into the menu."""
    return HelpGroup()
