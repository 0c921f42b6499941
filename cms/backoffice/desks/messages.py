"""消息: what patients were told and what became of it, the templates behind it, the hospital's rules for it."""

import re
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages as said
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import HeaderButton

from business.integration.outcomes import OutsideError, Refused
from business.messaging import catalogue, events
from business.messaging.models import Message, MessageRule, MessageTemplate, MessageTry, WeChatTemplate
from business.patients.models import Account
from business.security.masking import mask_json, mask_tail, mask_text
from cms.backoffice.audit import trail
from cms.backoffice.ui import columns, people
from cms.backoffice.ui.details import DetailView
from cms.backoffice.ui.filters import Choices, DateRange, WagtailFilterSet
from cms.backoffice.ui.lists import DeskIndexView, GuardedMixin
from cms.backoffice.ui.mapping import MappingField
from cms.backoffice.ui.sections import Code, Facts, Rows, Section, Tag, To
from cms.backoffice.ui.viewsets import AuditedCreateView, AuditedEditView, RecordViewSet, SettingViewSet

CHANGE = "messaging.change_messagetemplate"
SMS_PARAMETERS = 6


def event_label(row: Any) -> str:
    """Return what happened, in staff's words."""
    return events.label_of(row.event)


class MessageFilter(WagtailFilterSet):
    """What narrows the messages down."""

    state = Choices(label=_("状态"), choices=Message.State.choices)
    event = Choices(label=_("事件"), choices=lambda: [(one.code, one.label) for one in events.every()])
    created_at = DateRange(label=_("创建日期"))

    class Meta:
        model = Message
        fields: list[str] = []


TRIES = [
    columns.Text("way", label=_("方式"), accessor="get_way_display"),
    columns.Text("outcome", label=_("结果"), accessor="get_outcome_display"),
    columns.Count("times", label=_("次数")),
    columns.Text("problem", label=_("原因"), accessor=lambda row: mask_text(row.problem)),
    columns.When("at", label=_("时间")),
]


class MessageDetailView(DetailView):
    """One message, its content masked."""

    def get_page_subtitle(self) -> str:
        """Name the message by its title."""
        return f"{self.object.title} {self.object.ref}"

    def get_sections(self) -> list[Section]:
        """Facts, what became of it on each way, what was written."""
        row: Message = self.object
        account = Account.objects.filter(ref=row.account_ref).values_list("pk", flat=True).first()
        return [
            Facts(
                _("消息"),
                [
                    (_("标题"), row.title),
                    (_("状态"), Tag(row.state, row.get_state_display())),
                    (_("送达方式"), row.get_way_display()),
                    (_("问题"), mask_text(row.problem)),
                    (_("事件"), event_label(row)),
                    (
                        _("账户"),
                        To(row.account_ref, self.link("desk_accounts:inspect", "patients.view_account", account)),
                    ),
                    (_("接收人"), mask_tail(row.openid)),
                    (_("微信消息号"), row.outside_id),
                    (_("打开页面"), row.path),
                    (_("创建时间"), row.created_at),
                    (_("计划发送"), row.due_at),
                    (_("发送时间"), row.sent_at),
                    (_("送达时间"), row.delivered_at),
                ],
            ),
            Rows(_("发送经过"), TRIES, MessageTry.objects.filter(message=row)),
            Code(_("内容（已脱敏）"), masked_facts(row.facts)),
        ]


def masked_facts(facts: Any) -> Any:
    """Mask what a message says, whichever key the patient's name stands under."""
    hidden = mask_json(facts or {})
    if isinstance(hidden, dict):
        for key in ("patient", "patient_name", "name"):
            if isinstance(hidden.get(key), str) and facts.get(key) == hidden[key]:
                hidden[key] = people.mask_name(hidden[key])
    return hidden


class MessageViewSet(RecordViewSet):
    """消息."""

    model = Message
    name = "desk_messages"
    url_prefix = "desk/messages"
    icon = "mail"
    menu_label = _("消息")
    inspect_view_class = MessageDetailView
    filterset_class = MessageFilter
    exact_fields = ("ref", "account_ref", "outside_id", "subject")
    search_hint = _("消息、账户、预约编号或微信消息号")
    list_display = [
        columns.Link("title", "desk_messages:inspect", label=_("标题")),
        columns.Text("event", label=_("事件"), accessor=event_label),
        columns.Text("account_ref", label=_("账户")),
        columns.State("state", label=_("状态")),
        columns.Text("way", label=_("方式"), accessor="get_way_display"),
        columns.Text("problem", label=_("问题"), accessor=lambda row: mask_text(row.problem)),
        columns.When("due_at", label=_("计划发送"), sort_key="due_at"),
        columns.When("sent_at", label=_("发送时间")),
    ]


class SmsFactsField(forms.MultiValueField):
    """The facts that fill {1}, {2} … of a text message, in order."""

    def __init__(self, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        """Offer the facts of the event, as often as a text message has places."""
        given = [("", "—"), *choices]
        fields = [forms.ChoiceField(choices=given, required=False) for _place in range(SMS_PARAMETERS)]
        super().__init__(fields, widget=_Selects(given), require_all_fields=False, required=False, **kwargs)

    def compress(self, data_list: list[str]) -> list[str]:
        """Leave out the empty places at the end; one in between would shift the others."""
        kept = list(data_list)
        while kept and not kept[-1]:
            kept.pop()
        if not all(kept):
            raise ValidationError(_("短信参数请从 {1} 起依次选择，中间不要空着"))
        return kept


class _Selects(forms.MultiWidget):
    def __init__(self, choices: list[tuple[str, Any]]) -> None:
        super().__init__(
            [
                forms.Select(choices=choices, attrs={"aria-label": f"{{{place}}}"})
                for place in range(1, SMS_PARAMETERS + 1)
            ]
        )

    def decompress(self, value: Any) -> list[str]:
        return [*(value or []), *[""] * SMS_PARAMETERS][:SMS_PARAMETERS]


class MessageTemplateForm(forms.ModelForm):
    """An event, the template of the hospital's own account that tells of it, and how our facts fill its keywords."""

    event = forms.ChoiceField(label=_("事件"))
    template_id = forms.ChoiceField(label=_("公众号模板"), required=False)
    mapping = MappingField(label=_("字段对应"))

    class Meta:
        model = MessageTemplate
        fields = ["event", "template_id", "mapping", "at_night", "sms_template", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The event does not change; the facts are the event's, the keywords the template's."""
        super().__init__(*args, **kwargs)
        taken = set(MessageTemplate.objects.exclude(pk=self.instance.pk).values_list("event", flat=True))
        self.fields["event"].choices = [(one.code, one.label) for one in events.every() if one.code not in taken]
        if self.instance.pk:
            if self.instance.event not in dict(self.fields["event"].choices):
                self.fields["event"].choices = [(self.instance.event, self.instance.name)]
            self.fields["event"].disabled = True
        self.listed = {row.template_id: row for row in WeChatTemplate.objects.all()}
        choices = [
            (row.template_id, row.title if row.is_listed else _("%s（微信已删除）") % row.title)
            for row in self.listed.values()
        ]
        kept = self.instance.template_id
        if kept and kept not in self.listed:
            choices.append((kept, kept))
        if self.listed:
            self.fields["template_id"].choices = [("", _("不用模板消息")), *choices]
        else:  # nothing read from WeChat yet: the number can still be typed
            self.fields["template_id"] = forms.CharField(
                label=_("公众号模板编号"), max_length=80, required=False, help_text=_("建议先在列表页从微信读取模板")
            )
        facts = [(fact.code, fact.label) for fact in (self.told.all_facts if self.told else ())]
        widget = self.fields["mapping"].widget
        widget.choices, widget.labels = dict(facts), self.labels
        self.fields["sms_facts"] = SmsFactsField(
            facts, label=_("短信参数 {1}、{2}…"), initial=self.instance.sms_facts or []
        )
        self.order_fields(["event", "template_id", "mapping", "at_night", "sms_template", "sms_facts", "is_active"])

    def _now(self, name: str) -> str:
        typed = self.data.get(self.add_prefix(name)) if self.is_bound else None
        return str(typed if typed is not None else getattr(self.instance, name) or "")

    @property
    def told(self) -> events.Event | None:
        """The event as it is chosen now."""
        chosen = self.instance.event if self.instance.pk else self._now("event")
        return events.get(chosen) or (events.get(self.fields["event"].choices[0][0]) if not chosen else None)

    @property
    def labels(self) -> dict[str, str]:
        """The keywords of the template as it is chosen now."""
        row = self.listed.get(self._now("template_id"))
        # In WeChat's order; PostgreSQL keeps the keys of a JSON object in its own.
        return dict(sorted(row.keywords.items(), key=lambda one: int(re.sub(r"\D", "", one[0]) or 0))) if row else {}

    @property
    def shown_mapping(self) -> dict[str, str]:
        """What is mapped at this moment, whole or not."""
        if self.is_bound:
            rows = self.fields["mapping"].widget.value_from_datadict(self.data, {}, self.add_prefix("mapping"))
            return {keyword: source for keyword, source in rows if keyword and source}
        stored = dict(self.instance.mapping or {})
        return {keyword: stored[keyword] for keyword in [*self.labels, *stored] if keyword in stored}

    def preview(self) -> list[catalogue.Line]:
        """Return what a patient would read."""
        return catalogue.preview(self.told, self.shown_mapping, self.labels) if self.told else []

    def clean(self) -> dict[str, Any]:
        """Hold every value to WeChat's rules now rather than at three in the morning."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        mapping, template_id = data.get("mapping"), data.get("template_id")
        if mapping is None:
            return data
        if template_id and not mapping:
            self.add_error("mapping", ValidationError(_("请为模板的每个关键词选择内容")))
        if self.told is None:
            return data
        if missing := [label for keyword, label in self.labels.items() if keyword not in mapping]:
            self.add_error("mapping", ValidationError(_("还没有选择：%(names)s"), params={"names": "、".join(missing)}))
        known = {fact.code for fact in self.told.all_facts}
        for line in catalogue.preview(self.told, mapping, self.labels):
            source = mapping[line.keyword]
            if line.problem:
                self.add_error(
                    "mapping",
                    ValidationError(
                        _("“%(label)s”（%(keyword)s）要求%(rule)s，填入的“%(text)s”不合要求"),
                        params={
                            "label": line.label,
                            "keyword": line.keyword,
                            "rule": line.problem,
                            "text": line.text,
                        },
                    ),
                )
            elif not source.startswith("=") and source not in known:
                self.add_error("mapping", ValidationError(_("这个事件没有“%(code)s”"), params={"code": source}))
        return data

    def save(self, commit: bool = True) -> MessageTemplate:
        """Name the row after its event."""
        self.instance.name = events.label_of(self.instance.event)[:60]
        self.instance.sms_facts = self.cleaned_data.get("sms_facts") or []
        row: MessageTemplate = super().save(commit)
        return row


class _Previewed:
    """Listing keywords and looking at the preview are answered without saving."""

    template_name = "backoffice/message_template.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, or show the same form with what was asked for."""
        if "pick" not in request.POST and "preview" not in request.POST:
            return super().post(request, *args, **kwargs)  # type: ignore[misc]
        self.object = self.get_object() if kwargs else None
        form = self.get_form()
        if "pick" in request.POST and form.told is not None:
            suggested = catalogue.suggestion(form.told, form.labels)
            form.data = form.data.copy()
            for index, keyword in enumerate(form.labels):
                old = form.shown_mapping.get(keyword)
                form.data[f"mapping-{index}-keyword"] = keyword
                if not old:
                    form.data[f"mapping-{index}-fact"] = suggested.get(keyword, "")
        form.is_valid()
        form._errors = forms.utils.ErrorDict()  # nothing was sent off yet: the preview itself says what does not fit
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the preview and the sentence of the fallback."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        form = context["form"]
        context["event"] = form.told
        context["preview"] = form.preview()
        context["sentence"] = form.told.told(form.told.sample) if form.told else ""
        return context


class MessageTemplateEditView(_Previewed, AuditedEditView):
    """One event's template."""


class MessageTemplateAddView(_Previewed, AuditedCreateView):
    """A template for an event that has none."""


class MessageTemplateIndexView(DeskIndexView):
    """The events, with a button that reads the account's templates."""

    def get_header_more_buttons(self) -> list[Any]:
        """Offer it to those who may change templates."""
        buttons = list(super().get_header_more_buttons())
        if self.request.user.has_perm(CHANGE):
            buttons.append(
                HeaderButton(_("从微信读取模板"), reverse("desk_message_templates:fetch"), icon_name="download")
            )
        return buttons


class FetchTemplatesView(GuardedMixin, PermissionCheckedMixin, View):
    """Ask, then read the account's templates from WeChat."""

    permission_policy: Any = None
    permission_required = "change"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Say what will happen."""
        from django.template.response import TemplateResponse

        return TemplateResponse(
            request,
            "backoffice/fetch_templates.html",
            {"templates": WeChatTemplate.objects.all(), "back_url": reverse("desk_message_templates:index")},
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Read them; what goes wrong is said and changes nothing."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        try:
            count = catalogue.fetch_templates()
        except Refused as refusal:
            said.error(request, _("微信拒绝了（%(code)s），请检查公众号设置") % {"code": refusal.code})
        except OutsideError:
            said.error(request, _("微信没有应答，请稍后再试"))
        else:
            trail.deed(request, "messaging.templates_fetched", detail={"templates": count})
            said.success(request, _("已读取 %(count)s 个模板") % {"count": count})
        return redirect("desk_message_templates:index")


class MessageTemplateViewSet(SettingViewSet):
    """消息模板."""

    model = MessageTemplate
    name = "desk_message_templates"
    url_prefix = "desk/message-templates"
    icon = "comment"
    menu_label = _("消息模板")
    index_view_class = MessageTemplateIndexView
    edit_view_class = MessageTemplateEditView
    add_view_class = MessageTemplateAddView
    intro = _("先从微信读取本院公众号的模板，再为每个事件选择模板、对应字段；没有模板的事件只在门户内显示。")
    list_display = [
        "name",
        columns.Text("template", label=_("公众号模板"), accessor=lambda row: row.template_id or "—"),
        columns.Text("at_night", label=_("夜间也发送"), accessor=lambda row: _("是") if row.at_night else ""),
        columns.Text("sms_template", label=_("短信模板编号")),
        columns.Text("is_active", label=_("启用")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return MessageTemplateForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the reading of templates."""
        fetch = FetchTemplatesView.as_view(permission_policy=self.permission_policy)
        return [*super().get_urlpatterns(), path("fetch/", fetch, name="fetch")]


class MessageRuleViewSet(SettingViewSet):
    """消息规则."""

    model = MessageRule
    name = "desk_message_rules"
    url_prefix = "desk/message-rules"
    icon = "time"
    menu_label = _("消息规则")
    may_add = False
    intro = _("夜间免打扰对勾选了“夜间也发送”的事件不起作用。")
    list_display = [
        "__str__",
        columns.Text("quiet_from", label=_("免打扰从")),
        columns.Text("quiet_to", label=_("到")),
        columns.Text("use_chat", label=_("改发客服消息")),
        columns.Text("use_sms", label=_("改发短信")),
    ]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """Return the form."""
        return forms.modelform_factory(MessageRule, fields=["quiet_from", "quiet_to", "use_chat", "use_sms"])
