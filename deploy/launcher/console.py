"""What the launcher says: short Chinese sentences, an English one beside those that stop the start."""

import sys

_COLOURS = sys.stdout.isatty()


class Problem(Exception):
    """Something the person at the keyboard can mend; shown as one sentence, never as a traceback."""


class Stopped(BaseException):
    """Ctrl-C or a termination signal arrived."""


def say(text: str = "") -> None:
    """Print a line at once, also when the output is a pipe."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Print a line about something that went wrong to the error stream."""
    print(f"\033[31m{text}\033[0m" if _COLOURS else text, file=sys.stderr, flush=True)


def bold(text: str) -> str:
    """Mark a word for the eye where the terminal can show it."""
    return f"\033[1m{text}\033[0m" if _COLOURS else text
