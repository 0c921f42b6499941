"""Model fields that keep personal data encrypted at rest."""

import json
from typing import Any

from django.db import models

from business.security import crypto


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is SM4-GCM ciphertext in the database and plain in Python; it cannot be filtered on."""

    description = "SM4-GCM encrypted text"

    @property
    def _context(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt; an empty text stays empty so that a dump tells nothing but absence."""
        value = super().get_prep_value(value)
        return crypto.encrypt(value, context=self._context) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Decrypt what the database holds."""
        return crypto.decrypt(value, context=self._context) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every filter but a test for NULL: two encryptions of one text differ."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedJSONField(EncryptedTextField):
    """A JSON value kept as ciphertext."""

    description = "SM4-GCM encrypted JSON"

    def get_prep_value(self, value: Any) -> Any:
        """Serialise, then encrypt."""
        return super().get_prep_value(None if value is None else json.dumps(value, ensure_ascii=False))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """Decrypt, then read."""
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else None

    def to_python(self, value: Any) -> Any:
        """Leave Python values as they are."""
        return value
