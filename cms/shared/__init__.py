"""Shared content (公用内容): blocks that staff edit once and place on any page."""
