"""Addresses of sign-in, under ``/-/``."""

from django.urls import path

from blocks.patients import signin

urlpatterns = [
    path("signin/", signin.start, name="signin"),
    path("signin/wechat/", signin.wechat_callback, name="signin_wechat"),
    path("signout/", signin.signout, name="signout"),
]
