"""Filters shared by the lists."""

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.active_filters import ActiveFilter, BaseFilterAdapter, register_filter_adapter_class
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet

__all__ = ["Choices", "DateRange", "DayRange", "HiddenIndex", "ModelChoice", "WagtailFilterSet"]


class DateRange(django_filters.DateFromToRangeFilter):
    """From day to day of a point in time."""

    def __init__(self, **kwargs: Any) -> None:
        """Use Wagtail's pair of date pickers."""
        super().__init__(**{"widget": DateRangePickerWidget, **kwargs})


class DayField(django_filters.fields.RangeField):
    """Two days."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take plain days, not points in time."""
        super().__init__((forms.DateField(), forms.DateField()), *args, **kwargs)


class DayRange(django_filters.RangeFilter):
    """From day to day of a field that holds a day."""

    field_class = DayField

    def __init__(self, **kwargs: Any) -> None:
        """Use Wagtail's pair of date pickers."""
        super().__init__(**{"widget": DateRangePickerWidget, **kwargs})


class Choices(django_filters.MultipleChoiceFilter):
    """Any of several states."""

    def __init__(self, **kwargs: Any) -> None:
        """Show boxes to tick."""
        super().__init__(**{"widget": forms.CheckboxSelectMultiple, **kwargs})


class ModelChoice(django_filters.ModelChoiceFilter):
    """One of the hospital's campuses, departments …"""

    def __init__(self, **kwargs: Any) -> None:
        """Say what no choice means."""
        super().__init__(**{"empty_label": _("全部"), **kwargs})


class HiddenIndex(django_filters.CharFilter):
    """A blind index in the address: it was found by POST, so that no name or number stands in a URL (ASVS 14.2.1)."""

    def __init__(self, **kwargs: Any) -> None:
        """Keep it out of the visible form."""
        super().__init__(**{"widget": forms.HiddenInput, "max_length": 64, **kwargs})


class HiddenIndexAdapter(BaseFilterAdapter):
    """Show that a person was chosen, not the index."""

    def get_active_filters(self) -> Any:
        """Return one pill."""
        yield ActiveFilter(
            self.bound_field.auto_id, self.filter.label, _("已指定"), self.get_url_without_filter_param(self.name)
        )


register_filter_adapter_class(HiddenIndex, HiddenIndexAdapter)
