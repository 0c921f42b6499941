"""Themes as data: what staff choose, what follows from it, whether it can be read, and the style sheet it makes."""
