"""Addresses of answers under ``/-/``."""

from django.urls import path

from cms.help import views

urlpatterns = [
    path("help/<int:answer>/read/", views.read, name="help_read"),
    path("help/<int:answer>/vote/", views.vote, name="help_vote"),
]
