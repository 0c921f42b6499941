"""Tencent Cloud's text messages and real-name checks."""
