"""Users of the back office: nobody raises themselves; superusers and finance are a superuser's business."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import CreateView, EditView, UserViewSet

from cms.backoffice.roles import ADMINISTRATOR, FINANCE
from cms.backoffice.ui.lists import GuardedMixin

User = get_user_model()
FORM = "backoffice/users/form.html"


class OneNameMixin:
    """One field for the whole name: two, given name first, turn a Chinese name round."""

    def keep_one_name(self) -> None:
        """Take the second field away; who has something in it keeps it."""
        fields = self.fields  # type: ignore[attr-defined]
        fields["first_name"].label = _("姓名")
        if getattr(self, "instance", None) is None or not self.instance.last_name:
            del fields["last_name"]


class SeparateDutiesMixin:
    """Who runs the system does not decide about its money (T9), and does not make those who do."""

    by: Any

    def clean_groups(self) -> Any:
        """Refuse both roles for one person, and finance from anybody but a superuser."""
        groups = self.cleaned_data["groups"]  # type: ignore[attr-defined]
        names = {group.name for group in groups}
        if {ADMINISTRATOR, FINANCE} <= names:
            raise forms.ValidationError(_("一个人不能同时是管理员和财务"))
        if FINANCE in names and not self.by.is_superuser:
            raise forms.ValidationError(_("财务角色只能由超级用户授予"))
        return groups


class CreateUserForm(OneNameMixin, SeparateDutiesMixin, UserCreationForm):
    """A new user; ``by`` is who makes it."""

    def __init__(self, *args: Any, by: Any, **kwargs: Any) -> None:
        """Offer the superuser's box to superusers only."""
        super().__init__(*args, **kwargs)
        self.keep_one_name()
        self.by = by
        if not by.is_superuser:
            del self.fields["is_superuser"]


class EditUserForm(OneNameMixin, SeparateDutiesMixin, UserEditForm):
    """A user as another sees it; ``by`` is who edits."""

    def __init__(self, *args: Any, by: Any, editing_self: bool = False, **kwargs: Any) -> None:
        """Offer the superuser's box to superusers only, and one's own roles to nobody but them."""
        super().__init__(*args, editing_self=editing_self, **kwargs)
        self.keep_one_name()
        self.by = by
        if by.is_superuser:
            return
        self.fields.pop("is_superuser", None)
        if editing_self:
            self.fields["groups"].disabled = True
            self.fields["groups"].help_text = _("自己的角色由另一位管理员调整")


class CreateUserView(GuardedMixin, CreateView):
    """Wagtail's view, with our form."""

    template_name = FORM

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form who asks."""
        return {**super().get_form_kwargs(), "by": self.request.user}


class _KeepFromSuperusers(EditView):
    """The records of superusers and of finance are a superuser's business."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep others away: whoever sets a password is that user. One's own record stays open."""
        guarded = self.object.is_superuser or self.object.groups.filter(name=FINANCE).exists()
        if guarded and not request.user.is_superuser and self.object != request.user:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class EditUserView(GuardedMixin, _KeepFromSuperusers):
    """Wagtail's view, with our form."""

    template_name = FORM

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form who asks."""
        return {**super().get_form_kwargs(), "by": self.request.user}


class StaffViewSet(UserViewSet):
    """Wagtail's users with the two rules above."""

    add_view_class = CreateUserView
    create_template_name = edit_template_name = FORM
    edit_view_class = EditUserView

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return our forms."""
        return EditUserForm if for_update else CreateUserForm
