"""What patients may be told of: each app registers its events with the facts that templates can use."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Fact:
    """One thing an event tells: its code in ``facts``, what staff call it, an example for previews."""

    code: str
    label: str | Promise
    sample: str


NOW = Fact("now", _("发送时间"), "2026-12-01 09:00")  # every event has it


@dataclass(frozen=True)
class Event:
    """Something that happened, or will.

    ``sentence`` tells it without a template (customer-service message, SMS), with facts in braces. An ``is_urgent``
    one is of use only at once, so that it does not wait for the morning.
    """

    code: str
    label: str | Promise
    title: str | Promise
    sentence: str | Promise
    facts: tuple[Fact, ...]
    is_urgent: bool = False
    # For reminders: the facts as they are on the day they are sent, by the message's subject.
    fresh: Callable[[str], dict[str, str]] | None = None

    @property
    def all_facts(self) -> tuple[Fact, ...]:
        """Return the facts of the event and those that every event has."""
        return (*self.facts, NOW)

    @property
    def sample(self) -> dict[str, str]:
        """Return an example of the facts."""
        return {fact.code: fact.sample for fact in self.all_facts}

    def told(self, facts: Mapping[str, str]) -> str:
        """Return the sentence with these facts; one that is not there leaves nothing."""
        text = str(self.sentence)
        names = {name for _text, name, _spec, _conversion in Formatter().parse(text) if name}
        return text.format(**{name: str(facts.get(name) or "") for name in names})


_events: dict[str, Event] = {}


def register(events: Iterable[Event]) -> None:
    """Make events known; called by each app's ready()."""
    _events.update({event.code: event for event in events})


def get(code: str) -> Event | None:
    """Return an event, None for one whose app is gone."""
    return _events.get(code)


def every() -> list[Event]:
    """Return all events in the order in which they were registered."""
    return list(_events.values())


def label_of(code: str) -> str:
    """Return what staff call an event; its code where nobody knows it."""
    event = get(code)
    return str(event.label) if event else code
