"""The request line as it was sent; signatures cover its bytes, not what a router made of them."""

from flask import request

__all__ = ["raw_target"]


def raw_target() -> str:
    """Return path and query exactly as on the wire; the test client has no wire, so there it is put together."""
    environ = request.environ
    raw: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if raw.startswith("/"):
        return raw
    query = environ.get("QUERY_STRING", "")
    return request.path + (f"?{query}" if query else "")
