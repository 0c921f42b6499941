"""Addresses of places under ``/-/``."""

from django.urls import path

from blocks.places import views

urlpatterns = [
    path("places/floor/<slug:ref>/", views.floor, name="places-floor"),
    path("places/plan/<slug:ref>/<slug:version>/", views.drawing, name="places-plan"),
    path("places/find/", views.find, name="places-find"),
    path("places/departments/", views.departments, name="places-departments"),
]
