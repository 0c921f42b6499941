"""Articles: the tree of categories, the index page, the articles, and what is kept beside them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from mptt.models import MPTTModel, TreeForeignKey
from wagtail.models import Orderable, Page

from business.hospital.pinyin import initials_of, pinyin_of
from cms.articles import listing, reads, texts
from cms.articles.forms import ArticlePageForm
from cms.pages.models import ComposedPage

__all__ = [
    "ArticleIndexPage",
    "ArticlePage",
    "ArticleReads",
    "Category",
    "PastedStyle",
    "RelatedArticle",
    "WeChatDraft",
    "WeChatPicture",
]

MOST_RELATED = 4
SLUG_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def free_slug(model: type[models.Model], name: str) -> str:
    """Return an address for a new category, from the pinyin of its name, that no other of the model has."""
    start = pinyin_of(name)[:48] or "category"
    taken = set(model._default_manager.filter(slug__startswith=start).values_list("slug", flat=True))
    numbered = (f"{start}-{number}" for number in range(2, len(taken) + 3))
    return start if start not in taken else next(slug for slug in numbered if slug not in taken)


def random_slug() -> str:
    """Return a short address for a new page: Chinese titles make addresses nobody can read or send."""
    return f"{timezone.localdate():%y%m%d}{get_random_string(5, SLUG_LETTERS)}"


class Category(MPTTModel):
    """A category of articles, in a tree that staff make and order."""

    name = models.CharField(_("名称"), max_length=20)
    slug = models.SlugField(_("地址"), max_length=60, unique=True, editable=False)
    parent = TreeForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级分类")
    )

    class Meta:
        verbose_name = _("文章分类")
        verbose_name_plural = _("文章分类")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give a new category the address that the index page and the blocks know it by."""
        self.slug = self.slug or free_slug(Category, self.name)
        super().save(*args, **kwargs)


class ArticleIndexPage(ComposedPage):
    """All articles of a site: by category, newest first, searchable (文章首页)."""

    template = "articles/index_page.html"
    parent_page_types = ["pages.PortalPage"]
    subpage_types = ["articles.ArticlePage"]
    page_description = _("列出文章：按分类、最新在前、可搜索。文章都建在它下面。")

    class Meta:
        verbose_name = _("文章首页")
        verbose_name_plural = _("文章首页")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the articles that the address asks for."""
        context = super().get_context(request, *args, **kwargs)
        return {**context, "listing": listing.listing_of(self, request)}

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep the answers to searches out of shared caches: there is no end to them."""
        response = super().serve(request, *args, **kwargs)
        if request.GET.get("q"):
            response["Cache-Control"] = "private, no-store"
        return response


class ArticlePage(ComposedPage):
    """One article."""

    category = TreeForeignKey(Category, models.PROTECT, related_name="articles", verbose_name=_("分类"))
    cover = models.ForeignKey(
        "wagtailimages.Image",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("封面"),
        help_text=_("列表、分享卡片和公众号草稿用它；横图最好看。"),
    )
    summary = models.CharField(
        _("摘要"), max_length=120, blank=True, help_text=_("列表和分享时显示；留空则取正文开头。")
    )
    author = models.CharField(_("作者"), max_length=16, blank=True)
    source = models.CharField(_("来源"), max_length=40, blank=True, help_text=_("转载时写明，例如：健康报。"))
    published_on = models.DateTimeField(_("发布日期"), default=timezone.now, help_text=_("列表按它排序，新的在前。"))
    is_pinned = models.BooleanField(_("置顶"), default=False, help_text=_("排在同类文章的最前面。"))
    show_cover = models.BooleanField(_("正文前显示封面"), default=False)
    auto_summary = models.CharField(max_length=120, blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)

    template = "articles/article_page.html"
    base_form_class = ArticlePageForm
    parent_page_types = ["articles.ArticleIndexPage"]
    subpage_types: list[str] = []
    page_description = _("一篇文章：健康科普、医院新闻、政策解读。")

    class Meta:
        verbose_name = _("文章")
        verbose_name_plural = _("文章")
        indexes = [
            models.Index(fields=["-is_pinned", "-published_on"], name="article_order"),
            models.Index(fields=["category", "-is_pinned", "-published_on"], name="article_category_order"),
        ]

    # --- saving ----------------------------------------------------------------------------------------------------

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Give a new article a short address of its own."""
        self.slug = self.slug or random_slug()
        super().full_clean(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a title without a word: lists and share cards would show nothing readable."""
        super().clean()
        if self.title and not any(character.isalnum() for character in self.title):
            raise ValidationError({"title": _("标题里要有文字，只有表情或符号时读者不知道讲什么。")})

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Keep beside the article what lists and search need."""
        self.auto_summary = texts.summary_of(self.body)
        self.search_text = texts.search_text(self.title, self.summary or self.auto_summary, initials_of(self.title))
        return super().save(*args, **kwargs)

    # --- showing ---------------------------------------------------------------------------------------------------

    @property
    def digest(self) -> str:
        """The summary staff wrote, else the beginning of the text."""
        return self.summary or self.auto_summary or texts.summary_of(self.body)

    @property
    def digest_of_lists(self) -> str:
        """The summary without a look at the text, which lists leave in the database."""
        return self.summary or self.auto_summary

    def related(self) -> "list[ArticlePage]":
        """Return the articles staff chose, else the newest of the category and those around it."""
        lean = listing.lean_articles()
        chosen = [row.target_id for row in self.related_articles.all()]
        found = {page.pk: page for page in lean.filter(pk__in=chosen)} if chosen else {}
        pages = [found[pk] for pk in chosen if pk in found]
        if not pages and self.category_id and self.path:
            near = lean.filter(category__tree_id=self.category.tree_id, path__startswith=self.path[: -self.steplen])
            same_first = Case(When(category_id=self.category_id, then=0), default=1)
            pages = list(near.exclude(pk=self.pk).order_by(same_first, "-published_on", "-pk")[:MOST_RELATED])
        return pages

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the line below the title, related articles and the share card."""
        context = super().get_context(request, *args, **kwargs)
        rendering = context["rendering"]
        if rendering.whole and not rendering.is_preview and request.method == "GET" and self.live:
            reads.count(self.pk, request)  # no script there that would tell of the visit
        return {
            **context,
            "page_description": self.search_description or self.digest,
            "reads": reads.shown(reads.total(self.pk) or 0),
            "related": listing.cards(self.related(), request),
            "share": texts.share_card(self, request),
        }


class RelatedArticle(Orderable):
    """An article that staff put below another."""

    article = ParentalKey(ArticlePage, on_delete=models.CASCADE, related_name="related_articles")
    target = models.ForeignKey(Page, models.CASCADE, related_name="+", verbose_name=_("相关文章"))

    class Meta(Orderable.Meta):
        verbose_name = _("相关文章")
        verbose_name_plural = _("相关文章")

    def __str__(self) -> str:
        return str(self.target)


class ArticleReads(models.Model):
    """How often an article was read; beside the page, so that saving the page never sets it back."""

    article = models.OneToOneField(
        ArticlePage, models.CASCADE, primary_key=True, related_name="reads", verbose_name=_("文章")
    )
    count = models.PositiveBigIntegerField(_("阅读量"), default=0, db_index=True)

    class Meta:
        verbose_name = _("阅读量")
        verbose_name_plural = _("阅读量")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.article_id}: {self.count}"


class PastedStyle(models.Model):
    """The style sheet of a pasted text, kept under the hash of its words; made when it is first shown."""

    cache_tag = ""  # no shell depends on it

    digest = models.CharField(max_length=32, primary_key=True)
    css = models.TextField()

    class Meta:
        verbose_name = _("粘贴文章的样式")
        verbose_name_plural = _("粘贴文章的样式")
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest


class WeChatDraft(models.Model):
    """An article's draft in the official account: where it stands, and what WeChat calls it."""

    cache_tag = ""  # patients see none of it

    class State(models.TextChoices):
        """Where the sending stands."""

        QUEUED = "queued", _("等待发送")
        SENDING = "sending", _("正在发送")
        SENT = "sent", _("已送草稿箱")
        FAILED = "failed", _("没有成功")

    article = models.OneToOneField(
        ArticlePage, models.CASCADE, primary_key=True, related_name="wechat_draft", verbose_name=_("文章")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.QUEUED)
    number = models.PositiveIntegerField(_("第几次发送"), default=0)
    progress = models.CharField(_("进度"), max_length=100, blank=True)
    problem = models.CharField(_("问题"), max_length=300, blank=True)
    notes = models.CharField(_("说明"), max_length=300, blank=True)
    media_id = models.CharField(_("草稿编号"), max_length=128, blank=True)
    url = models.CharField(_("草稿预览地址"), max_length=500, blank=True)
    mark = models.CharField(max_length=32, blank=True)  # stands in the source address: a lost answer is found by it
    adding = models.BooleanField(default=False)  # draft/add was begun and its answer is not known
    cover_digest = models.CharField(max_length=64, blank=True)
    cover_media_id = models.CharField(max_length=128, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    requested_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    sent_at = models.DateTimeField(_("送达时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("公众号草稿")
        verbose_name_plural = _("公众号草稿")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.article_id}: {self.state}"

    @property
    def is_under_way(self) -> bool:
        """Whether a worker has it or will have it."""
        return self.state in {self.State.QUEUED, self.State.SENDING}


class WeChatPicture(models.Model):
    """A picture that WeChat has already, by the hash of its bytes."""

    cache_tag = ""  # no shell depends on it

    digest = models.CharField(max_length=64, primary_key=True)
    url = models.CharField(max_length=500)

    class Meta:
        verbose_name = _("公众号图片")
        verbose_name_plural = _("公众号图片")
        default_permissions = ()

    def __str__(self) -> str:
        return self.url


from cms.articles.editing import set_edit_handlers  # noqa: E402  # the forms name the models above

set_edit_handlers(ArticleIndexPage, ArticlePage)
