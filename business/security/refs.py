"""Public references: random, never a primary key, safe in a URL."""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter that is mistaken for a digit
REF_LENGTH = 20


def new_ref() -> str:
    """Return a fresh 100-bit reference of 20 characters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(REF_LENGTH))
