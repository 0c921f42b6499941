"""Pictures drawn by code for the demonstration hospital: portraits, banners, article covers. No photo, no licence."""

from themes.pictures.banners import BANNERS, banner_png, banner_svg
from themes.pictures.covers import COVERS, cover_png, cover_svg
from themes.pictures.portraits import portrait_png, portrait_svg

__all__ = [
    "BANNERS",
    "COVERS",
    "banner_png",
    "banner_svg",
    "cover_png",
    "cover_svg",
    "portrait_png",
    "portrait_svg",
]
