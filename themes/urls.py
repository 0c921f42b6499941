"""Addresses under ``/-/``: the look switch; while developing, the style guide and its pictures."""

from django.conf import settings
from django.urls import path

from themes import views

app_name = "themes"

urlpatterns = [path("look/", views.look, name="look")]

if settings.DEBUG:
    urlpatterns += [
        path("styleguide/", views.styleguide, name="styleguide"),
        path("styleguide/<slug:name>/", views.styleguide, name="styleguide_page"),
        path("styleguide/picture/<slug:kind>/<int:seed>.png", views.sample_picture, name="sample_picture"),
    ]
