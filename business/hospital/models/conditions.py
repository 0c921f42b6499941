"""Which departments treat what: conditions and symptoms in patients' words, kept by staff (病症对应科室)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models.facts import Department, Sounding
from business.security.refs import new_ref


class Condition(Sounding):
    """A symptom or an illness and the departments it belongs to."""

    class Part(models.TextChoices):
        """Where it is felt."""

        HEAD = "head", _("头面部")
        SENSES = "senses", _("眼耳鼻喉口")
        NECK = "neck", _("颈部")
        CHEST = "chest", _("胸部")
        BELLY = "belly", _("腹部")
        BACK = "back", _("腰背")
        LIMBS = "limbs", _("四肢关节")
        SKIN = "skin", _("皮肤")
        PELVIS = "pelvis", _("泌尿生殖")
        WOMAN = "woman", _("女性与孕产")
        CHILD = "child", _("儿童")
        MIND = "mind", _("心理睡眠")
        WHOLE = "whole", _("全身")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    part = models.CharField(_("部位"), max_length=10, choices=Part.choices, default=Part.WHOLE, db_index=True)
    advice = models.CharField(_("就诊建议"), max_length=200, blank=True)
    is_emergency = models.BooleanField(
        _("可能危及生命"), default=False, help_text=_("勾选后，患者会先看到「立即去急诊或拨打 120」的提醒。")
    )
    departments = models.ManyToManyField(Department, related_name="conditions", verbose_name=_("科室"))
    sort = models.PositiveIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("病症")
        verbose_name_plural = _("病症对应科室")
        ordering = ["sort", "pk"]
        constraints = [models.UniqueConstraint(fields=["name"], name="hospital_condition_name_once")]


class ConditionWord(models.Model):
    """A word by which patients call a condition: its name, and other names (胸口痛、心口疼 for 胸痛)."""

    condition = models.ForeignKey(Condition, models.CASCADE, related_name="words", verbose_name=_("病症"))
    word = models.CharField(_("说法"), max_length=60)
    pinyin = models.CharField(_("拼音"), max_length=200)
    initials = models.CharField(_("拼音首字母"), max_length=60)

    class Meta:
        verbose_name = _("病症说法")
        verbose_name_plural = _("病症说法")
        constraints = [models.UniqueConstraint(fields=["condition", "word"], name="hospital_condition_word_once")]

    def __str__(self) -> str:
        return self.word
