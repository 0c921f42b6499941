"""Django app: the minimal Wagtail site of the benchmarks."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    """Configuration."""

    name = "bench.stock"
    label = "stock"
    default_auto_field = "django.db.models.BigAutoField"
