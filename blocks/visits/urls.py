"""Addresses of visits under ``/-/``."""

from django.urls import path

from blocks.visits import views

urlpatterns = [
    path("checkin/<str:code>/", views.scanned, name="check-in"),
    path("queue/", views.line, name="visit-line"),
]
