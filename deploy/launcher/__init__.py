"""The commands behind the Makefile, written with the standard library only: they run before anything is installed."""
