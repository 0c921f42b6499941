"""Addresses of articles under ``/-/``."""

from django.urls import path

from cms.articles import views

urlpatterns = [
    path("article/<int:article>/read/", views.read, name="article_read"),
    path("pasted/<str:digest>.css", views.style_sheet, name="pasted_style"),
    path("wechat/share-config/", views.share_config, name="share_config"),
]
