"""The request from which a shell is rendered: it has an address and nothing of the person who asks."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, QueryDict

from blocks.rendering import WHOLE_PARAMETER

# Stands in a kept shell for the visitor's own query in the address of the whole page. Letters only: it survives
# escaping, and nobody writes it.
HOLE = "portalvisitorsownquery"
# What the web server knows about the address, never about the visitor.
_KEPT_META = (
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "HTTP_HOST",
    "SCRIPT_NAME",
    "PATH_INFO",
    "wsgi.url_scheme",
)


class NotedQuery(QueryDict):
    """A query that notes which parameters were looked at: the shell is kept for each of their values."""

    def __init__(self, query: QueryDict) -> None:
        """Copy a query."""
        super().__init__("", mutable=True, encoding=query.encoding)
        for name, values in query.lists():
            super().setlist(name, values)
        self._mutable = False
        self.read: set[str] = set()
        self.all_read = False

    def __getitem__(self, name: Any) -> Any:
        """Note the name."""
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        """Note the name."""
        self.read.add(str(name))
        return super().__contains__(name)

    def get(self, name: Any, default: Any = None) -> Any:
        """Note the name."""
        self.read.add(name)
        return super().get(name, default)

    def getlist(self, name: Any, default: Any = None) -> Any:
        """Note the name."""
        self.read.add(name)
        return super().getlist(name, default)

    def __iter__(self) -> Iterator[Any]:
        """Note that all were looked at."""
        self.all_read = True
        return super().__iter__()

    def __len__(self) -> int:
        """Note that all were looked at."""
        self.all_read = True
        return super().__len__()

    def keys(self) -> Any:
        """Note that all were looked at."""
        self.all_read = True
        return super().keys()

    def items(self) -> Any:
        """Note that all were looked at."""
        self.all_read = True
        return super().items()

    def values(self) -> Any:
        """Note that all were looked at."""
        self.all_read = True
        return super().values()

    def lists(self) -> Any:
        """Note that all were looked at."""
        self.all_read = True
        return super().lists()

    def dict(self) -> Any:
        """Note that all were looked at."""
        self.all_read = True
        return super().dict()

    def copy(self) -> QueryDict:  # type: ignore[override]
        """Note that all were looked at; the copy is a plain one."""
        return QueryDict(self.urlencode(), mutable=True, encoding=self.encoding)

    def __deepcopy__(self, memo: Any) -> QueryDict:  # type: ignore[override]
        """Note that all were looked at; the copy is a plain one."""
        return self.copy()


class NeutralRequest(HttpRequest):
    """A GET without cookies, headers, body, session, account or member of staff."""

    is_preview = False
    htmx = None
    account = None

    def __init__(self, request: HttpRequest) -> None:
        """Take the address over and nothing else."""
        super().__init__()
        self.method = "GET"
        self.path, self.path_info = request.path, request.path_info
        self.META = {name: request.META[name] for name in _KEPT_META if name in request.META}
        self.META["REQUEST_METHOD"] = "GET"
        self.GET = NotedQuery(request.GET)  # type: ignore[assignment]
        self.user = AnonymousUser()
        self.resolver_match = request.resolver_match
        self._scheme = request.scheme
        for name in ("_wagtail_site", "_wagtail_cached_site_root_paths"):
            if hasattr(request, name):
                setattr(self, name, getattr(request, name))

    def _get_scheme(self) -> str:
        return self._scheme or "http"

    @property
    def names_read(self) -> frozenset[str] | None:
        """The query parameters that were looked at, None for all of them."""
        return None if self.GET.all_read else frozenset(self.GET.read - {WHOLE_PARAMETER})  # type: ignore[attr-defined]
