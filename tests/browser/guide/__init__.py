"""The pictures of the guide for staff, taken from a demonstration that runs: `make guide-pictures`."""
