"""Patients, visitors and staff in front of the running demonstration."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.outside import Outside, Person
from tests.browser.steps import Patient
from tests.portal import RunningPortal


@pytest.fixture
def outside(portal: RunningPortal) -> Iterator[Outside]:
    """Give the sandbox's control; faults a test switches on end with the test."""
    control = Outside(portal.sandbox_url)
    control.clear_faults()
    yield control
    control.clear_faults()
    control.close()


@pytest.fixture
def patient(page: Any, portal: RunningPortal, outside: Outside) -> Iterator[Patient]:
    """Give a phone in the hands of somebody the portal has never seen; no page may offend its own policy."""
    someone = Patient(page, portal, outside, Person("林晓雯"))
    yield someone
    assert someone.refusals == []


@pytest.fixture
def another(
    browser: Any, browser_context_args: dict[str, Any], portal: RunningPortal, outside: Outside
) -> Iterator[Callable[..., Patient]]:
    """Give a function that makes another phone: of a stranger, or of the person named."""
    contexts = []

    def make(person: Person | None = None, **options: Any) -> Patient:
        context = browser.new_context(**(browser_context_args | options))
        contexts.append(context)
        return Patient(context.new_page(), portal, outside, person or Person("赵海"))

    yield make
    for context in contexts:
        context.close()
