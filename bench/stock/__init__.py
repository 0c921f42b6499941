"""A minimal Wagtail site, as its documentation makes one: the peer beside which the portal's pages are measured."""
