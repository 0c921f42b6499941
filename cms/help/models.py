"""The help centre: categories, answers, how often they are read and whether they helped."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList, TabbedInterface

from blocks.content.atoms import TONES
from business.hospital.pinyin import initials_of
from cms.articles import texts
from cms.articles.models import free_slug, random_slug
from cms.articles.reads import shown
from cms.help import listing, reads, votes
from cms.help.words import words_of
from cms.pages.models import ComposedPage
from themes.icons import ICON_CHOICES

__all__ = ["HelpCategory", "HelpPage", "HelpReads", "HelpVote"]


def icon_choices() -> list[tuple[str, Any]]:
    """Return the portal's icons; a new one needs no migration."""
    return list(ICON_CHOICES)


def tone_choices() -> list[tuple[str, Any]]:
    """Return the colours by their names."""
    return list(TONES)


class HelpCategory(models.Model):
    """A category of answers, as the help centre shows it."""

    name = models.CharField(_("名称"), max_length=10, unique=True)
    slug = models.SlugField(_("地址"), max_length=60, unique=True, editable=False)
    icon = models.CharField(_("图标"), max_length=40, choices=icon_choices, default="help")
    tone = models.CharField(_("颜色"), max_length=10, choices=tone_choices, default="teal")
    order = models.PositiveSmallIntegerField(_("顺序"), default=10)
    is_active = models.BooleanField(_("显示"), default=True)

    class Meta:
        verbose_name = _("帮助分类")
        verbose_name_plural = _("帮助分类")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give a new category the address that the help centre and the blocks know it by."""
        self.slug = self.slug or free_slug(HelpCategory, self.name)
        super().save(*args, **kwargs)


class HelpPage(ComposedPage):
    """One question with its answer."""

    category = models.ForeignKey(HelpCategory, models.PROTECT, related_name="answers", verbose_name=_("分类"))
    keywords = models.CharField(
        _("患者还会怎么问"),
        max_length=120,
        blank=True,
        help_text=_("同一件事的其他说法，用空格隔开，搜索时也能找到，例如：取消预约 退费 不去了。"),
    )
    summary = models.CharField(max_length=120, blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)

    template = "help/help_page.html"
    parent_page_types = ["pages.PortalPage"]
    subpage_types: list[str] = []
    page_description = _("帮助中心的一问一答：标题写问题，正文写怎么办，可以配图、步骤、提示。")

    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldPanel("title", heading=_("问题"), help_text=_("用患者自己的话来问，例如：怎么退号？")),
                    FieldRowPanel([FieldPanel("category"), FieldPanel("keywords")]),
                    FieldPanel("body", heading=_("回答")),
                ],
                heading=_("内容"),
            ),
            ObjectList([*ComposedPage.promote_panels, FieldPanel("show_title_bar")], heading=_("地址与搜索")),
            ObjectList(ComposedPage.settings_panels, heading=_("发布时间")),
        ]
    )

    class Meta:
        verbose_name = _("帮助回答")
        verbose_name_plural = _("帮助回答")

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Give a new answer a short address of its own."""
        self.slug = self.slug or random_slug()
        super().full_clean(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a question without a word."""
        super().clean()
        if self.title and not any(character.isalnum() for character in self.title):
            raise ValidationError({"title": _("问题里要有文字，只有表情或符号时患者不知道讲什么。")})

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Keep beside the answer what lists and search need."""
        initials, words = initials_of(self.title), words_of(self.body)
        self.summary = texts.shortened(words_of(self.body, captions=False))
        self.search_text = texts.search_text(self.title, initials, self.keywords, words)
        return super().save(*args, **kwargs)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the count, the vote (on a whole page) and other answers of the category."""
        context = super().get_context(request, *args, **kwargs)
        rendering = context["rendering"]
        if rendering.whole and not rendering.is_preview and request.method == "GET" and self.live:
            reads.counter.count_request(self.pk, request)  # no script there that would tell of the visit
        if rendering.is_preview:
            context["vote"] = {"is_preview": True}
        elif rendering.whole:
            context["vote"] = votes.context_for(self, request, rendering.extra.get(votes.EXTRA))
        return {
            **context,
            "page_description": self.search_description or self.summary,
            "reads": shown(reads.counter.total(self.pk) or 0) if self.pk else "",
            "related": listing.related(self, request),
        }


class HelpReads(models.Model):
    """How often an answer was read; beside the page, so that saving the page never sets it back."""

    cache_tag = ""  # a count may be some minutes behind

    answer = models.OneToOneField(
        HelpPage, models.CASCADE, primary_key=True, related_name="reads", verbose_name=_("回答")
    )
    count = models.PositiveBigIntegerField(_("阅读量"), default=0, db_index=True)

    class Meta:
        verbose_name = _("帮助阅读量")
        verbose_name_plural = _("帮助阅读量")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.answer_id}: {self.count}"


class HelpVote(models.Model):
    """Whether an answer helped one visitor. Who it was cannot be told from it, nor that two votes are one person's."""

    cache_tag = ""  # patients see none of it

    answer = models.ForeignKey(HelpPage, models.CASCADE, related_name="votes", verbose_name=_("回答"))
    visitor = models.CharField(max_length=64, editable=False)  # keyed hash of answer and visitor
    is_helpful = models.BooleanField(_("有帮助"))
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    voted_at = models.DateTimeField(_("时间"), auto_now=True)

    class Meta:
        verbose_name = _("帮助反馈")
        verbose_name_plural = _("帮助反馈")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["answer", "visitor"], name="help_one_vote_each")]
        indexes = [models.Index(fields=["-voted_at"], name="help_vote_newest")]

    def __str__(self) -> str:
        return f"{self.answer_id}: {self.is_helpful}"
