"""Runs a Python program under a clock that is wrong: `python shifted.py -3h PROGRAM ARGUMENT …`.

What the day and the hour are is told wrong; how long something takes is not, as in a machine whose clock was set wrong.
"""

from __future__ import annotations

import datetime as dt
import runpy
import sys

import time_machine

UNITS = {"h": "hours", "d": "days"}


def main() -> None:
    """Set the clock wrong, in the processes that it forks too, and run the program."""
    shift, program = sys.argv[1:3]
    difference = dt.timedelta(**{UNITS[shift[-1]]: int(shift[:-1])})
    time_machine.travel(dt.datetime.now(dt.UTC) + difference, tick=True).start()
    sys.argv = sys.argv[2:]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
