"""What patients would stumble over when shared content changes or goes: on the portal of every site that shows it."""

from collections.abc import Callable

from wagtail.models import Site

from cms.blockrules.models import SharedUse
from cms.pages import checks
from cms.pages.checklist import Item, must_fix
from cms.shared.models import SharedBlock
from cms.shared.uses import Library

Raw = list[dict]


def of_publishing(shared: SharedBlock) -> list[checks.Problem | Item]:
    """Return what would newly be wrong if these blocks went live, and what has to be put right in them."""
    return [*_new_problems(shared, shared.raw_body()), *must_fix(shared.as_page())]


def of_removing(shared: SharedBlock) -> list[checks.Problem]:
    """Return what would newly be wrong if this content were no longer live."""
    return _new_problems(shared, None)


def _new_problems(shared: SharedBlock, after: Raw | None) -> list[checks.Problem]:
    paths = list(SharedUse.objects.filter(shared_id=shared.pk, live__gt=0).values_list("page__path", flat=True))
    if not paths:
        return []
    found: dict[str, checks.Problem] = {}
    before, then = Library(), Library({shared.pk: after})
    for site in Site.objects.select_related("root_page"):
        if any(path.startswith(site.root_page.path) for path in paths):
            known = _sentences(site, before)
            found |= {
                sentence: problem for sentence, problem in _sentences(site, then).items() if sentence not in known
            }
    return list(found.values())


def _sentences(site: Site, contents: Callable) -> dict[str, checks.Problem]:
    problems = checks.problems_in(checks.snapshot_of(site, contents=contents))
    return {problem.sentence: problem for problem in problems}
