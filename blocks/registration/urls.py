"""Addresses of registration under ``/-/``."""

from django.urls import path

from blocks.registration import views

urlpatterns = [
    path("departments/", views.department_search, name="department-search"),
    path("ticket/", views.ticket, name="ticket"),
    path("calendar/<slug:ref>.ics", views.calendar_file, name="visit-calendar"),
]
