"""Clinics made here, for a hospital whose HIS has no schedules or beside those it has (decision 0024)."""
