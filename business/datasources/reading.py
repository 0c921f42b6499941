"""Reading a source: parameters, a short cache for what is public, one call."""

import hashlib
import json
from typing import Any

from django.core.cache import cache
from django.db import transaction

from business.datasources import calls, parameters, paths
from business.datasources.errors import SourceClosed
from business.datasources.models import DataSource
from business.datasources.parameters import Given
from business.integration.outcomes import Refused
from business.security.masking import mask_json

SAMPLE_ITEMS = 3
LONGEST_TEXT = 200
NOT_FOUND = "NOT_FOUND"


def get_source(code: str, purpose: str) -> DataSource:
    """Return an active source; raise SourceClosed."""
    source = DataSource.objects.filter(code=code, purpose=purpose, is_active=True).first()
    if source is None:
        raise SourceClosed
    return source


def active_sources(purpose: str) -> list[DataSource]:
    """Return what editors may bind blocks to."""
    return list(DataSource.objects.filter(purpose=purpose, is_active=True))


def read(source: DataSource, given: Given) -> Any:
    """Return a source's answer, None where it has nothing under this number.

    What belongs to a patient is asked afresh every time. Raises MissingParameter, Refused, Unknown.
    """
    values = parameters.values_for(source, given)
    if source.needs_patient or not source.cache_seconds:
        return _ask(source, values)
    key = _cache_key(source, values)
    found = cache.get(key)
    if found is None:
        found = [_ask(source, values)]
        cache.set(key, found, source.cache_seconds)
    return found[0]


def _ask(source: DataSource, values: dict[str, str]) -> Any:
    try:
        return calls.read(source, values)
    except Refused as refusal:
        if refusal.code in {NOT_FOUND, "HTTP_404"}:
            return None
        raise


def _cache_key(source: DataSource, values: dict[str, str]) -> str:
    facts = [source.pk, source.updated_at.timestamp(), sorted(values.items())]
    return "datasource:" + hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def take_sample(source: DataSource, given: Given) -> Any:
    """Ask a source once and keep, masked and shortened, what its answers look like. Raises as :func:`read` does."""
    answer = calls.read(source, parameters.values_for(source, given))
    sample = _short(mask_json(answer))
    with transaction.atomic():
        DataSource.objects.filter(pk=source.pk).update(sample=sample)
    source.sample = sample
    return sample


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key)[:LONGEST_TEXT]: _short(one) for key, one in list(value.items())[: paths.MOST]}
    if isinstance(value, list):
        return [_short(one) for one in value[:SAMPLE_ITEMS]]
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


def sample_fields(source: DataSource, *, inside_list: bool) -> list[tuple[str, str]]:
    """Return (path, example) of the fields an editor may choose: of one entry of the list, or of the whole answer."""
    sample = source.sample
    if inside_list:
        items = paths.items_at(sample, source.items_path)
        sample = items[0] if items else None
    return [(path, "" if value is None else str(value)) for path, value in paths.fields_of(sample)]
