"""Fields that appear when they matter: declared on a block, done in the form by one script, held on the server.

A block says ``class Meta: conditions = {"page": when("kind", "page")}``. In the editor the field is shown only then
(``cms/editor/static/editor/compose-conditions.js``); what was typed stays while it is hidden, so that choosing the
first kind again brings it back. On saving, a hidden field is not validated and its value goes back to its default,
or stays with ``keep=True``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wagtail import blocks

CONTROLLER = "portal-conditions"


@dataclass(frozen=True)
class When:
    """A field matters while another one has one of ``values``; with no values, while it is filled in."""

    field: str
    values: tuple[str, ...] = ()
    keep: bool = False
    # The other field belongs to a block around this one (the style of a list for the fields of its items).
    enclosing: bool = False

    def holds(self, value: Mapping[str, Any]) -> bool:
        """Whether the field matters in this value; what depends on an enclosing block always may."""
        if self.enclosing:
            return True
        given = value.get(self.field)
        return str(given) in self.values if self.values else bool(given)


def when(field: str, *values: str, keep: bool = False) -> When:
    """Return the condition that ``field``, beside this one, has one of ``values`` (or is filled in)."""
    return When(field, values, keep)


def when_around(field: str, *values: str) -> When:
    """Return the condition that ``field`` of a block around this one has one of ``values``; the value always stays."""
    return When(field, values, keep=True, enclosing=True)


class ChosenBlock(blocks.ChoiceBlock):
    """A choice that decides what else matters: always one of its choices; empty only in values older than itself."""

    def __init__(self, **kwargs: Any) -> None:
        """Store nothing by default, so that a value without a choice means what it says otherwise."""
        super().__init__(**{"default": "", "required": False, **kwargs})

    @property
    def first(self) -> str:
        """The choice that the form shows where a value holds none."""
        return str(next(value for value, _label in self.field.choices))

    def _get_callable_choices(self, choices: Any, blank_choice: bool = False) -> Any:
        return super()._get_callable_choices(choices, blank_choice=False)


class ConditionalBlock(blocks.StructBlock):
    """A block whose ``Meta.conditions`` say when a field matters."""

    class Meta:
        conditions: Mapping[str, When] = {}

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        """Hand the conditions to the editor's script."""
        super().__init__(local_blocks, **kwargs)
        conditions: Mapping[str, When] = self.meta.conditions
        if unknown := [
            name
            for name, one in conditions.items()
            if not {name, *([] if one.enclosing else [one.field])} <= set(self.child_blocks)
        ]:
            raise ValueError(f"{type(self).__name__}: conditions name fields that do not exist: {unknown}")
        if conditions:
            rules = {
                name: {"field": one.field, "values": one.values, "enclosing": one.enclosing}
                for name, one in conditions.items()
            }
            self.meta.form_attrs = {
                **(self.meta.form_attrs or {}),
                "data-controller": CONTROLLER,
                f"data-{CONTROLLER}-rules-value": json.dumps(rules),
            }

    def implied(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return the choices that a value stored before they existed implies; nothing where it names them."""
        return {}

    def hidden(self, value: Mapping[str, Any]) -> set[str]:
        """Return the fields that do not matter in this value; a field that depends on a hidden one is hidden too."""
        conditions: Mapping[str, When] = self.meta.conditions
        value = {**value, **self.implied(value)}
        gone: set[str] = set()
        while True:
            more = {
                name
                for name, one in conditions.items()
                if name not in gone and (not one.holds(value) or (one.field in gone and not one.enclosing))
            }
            if not more:
                return gone
            gone |= more

    def without_hidden(self, value: Any) -> Any:
        """Return the value with its implied choices, its hidden fields back at their defaults.

        A value made by a program may lack fields; one from the database or a form has all of them.
        """
        given = {
            name: value[name] if name in value else child.get_default() for name, child in self.child_blocks.items()
        }
        hidden = self.hidden(given)
        implied = self.implied(given)
        return self._to_struct_value(
            [
                (
                    name,
                    self.child_blocks[name].get_default()
                    if name in hidden and not self.meta.conditions[name].keep
                    else implied.get(name, one),
                )
                for name, one in given.items()
            ]
        )

    def clean(self, value: Any) -> Any:
        """Validate what is shown; what is hidden neither stops anybody nor is stored, unless it is to be kept."""
        settled = self.without_hidden(value)
        hidden = self.hidden(settled)
        shown = super().clean(self._to_struct_value([(n, v) for n, v in settled.items() if n not in hidden]))
        return self._to_struct_value([(name, settled[name] if name in hidden else shown[name]) for name in settled])

    def get_form_state(self, value: Any) -> Any:
        """Show what a value stored before a choice existed implies."""
        state = super().get_form_state(value)
        for name, choice in self.implied(value).items():
            state[name] = self.child_blocks[name].get_form_state(choice)
        return state
