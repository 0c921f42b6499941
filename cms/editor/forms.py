"""Forms of the editor's desk."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.auth import LoginForm


class DeskLoginForm(LoginForm):
    """Wagtail's sign-in form leaves the password without a Chinese label."""

    password = forms.CharField(
        label=_("密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"placeholder": _("输入密码"), "autocomplete": "current-password"}),
    )
