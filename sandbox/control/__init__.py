"""The desk where faults are switched on and what happened is read."""
