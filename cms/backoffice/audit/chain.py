"""Checking that the trail is whole."""

from dataclasses import dataclass, field

from business.security import audit
from business.security.models import AuditChain, AuditEvent


@dataclass
class ChainReport:
    """What a check found."""

    rows: int
    broken: list[int] = field(default_factory=list)
    # The chain remembers a later end than the rows have: the newest rows were removed.
    tail_missing: bool = False

    @property
    def is_broken(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.broken) or self.tail_missing


def check_chain() -> ChainReport:
    """Read the trail from its first row to its last and compare every seal."""
    end = AuditChain.objects.filter(name=audit.CHAIN).values_list("last_seal", flat=True).first() or ""
    rows = AuditEvent.objects.count()
    broken = [event.pk for event in audit.broken_links()]
    tail_missing = bool(end) and not AuditEvent.objects.filter(seal=end).exists()
    return ChainReport(rows=rows, broken=broken, tail_missing=tail_missing)
