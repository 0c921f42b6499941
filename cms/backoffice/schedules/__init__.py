"""The desk of schedules: the week, one clinic, its changes, the plan behind it, and what HIS told."""
