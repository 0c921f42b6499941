"""Tests of shared content."""
