"""The outside world of the portal as real HTTP servers: HIS, WeChat, WeChat Pay, and a desk to make them fail.

A separate program: it imports nothing of the portal and the portal imports nothing of it (tests excepted).
Start it with ``python -m sandbox``; tests use :mod:`sandbox.testing`.
"""

__all__ = ["__version__"]

__version__ = "1.0"
