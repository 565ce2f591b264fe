"""`python -m relance.local_airflow nightly` and `up`: what `make nightly` and `make up` call."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click
import psutil
from rich.console import Console

from relance.asof import parse_as_of
from relance.errors import RelanceError
from relance.local_airflow.home import AirflowHome
from relance.local_airflow.night import COLLECT_PANORAMA, COLLECT_SUBMISSIONS, run_night
from relance.local_airflow.up import free_port, keep_up, usual_port
from relance.processes import end_with_parent
from relance.stages import print_status

# The terminal, also when what Airflow prints goes to a log.
OUT = Console(file=os.fdopen(os.dup(1), "w", encoding="utf-8"))
ERR = Console(file=os.fdopen(os.dup(2), "w", encoding="utf-8"))


@click.group()
def main() -> None:
    """Airflow on this machine."""


@main.command()
@click.option("--as-of", help="Publish what was known then: 2021-02-01 (that night) or an instant.")
@click.option("--panorama", type=click.Path(), help="Collect the panorama from this folder.")
@click.option("--submissions", type=click.Path(), help="Collect the submissions from this folder.")
def nightly(as_of: str | None, panorama: str | None, submissions: str | None) -> None:
    """Run the night's DAGs through Airflow: collect, publish, print the publication."""
    if as_of:
        # Said now and not by a task after Airflow's start.
        parse_as_of(as_of)
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # Not raised: Airflow would take it for the error of the task in which it comes, and go on.
        signal.signal(ending, lambda *_: _end_now())
    folders = {COLLECT_PANORAMA: _absolute(panorama), COLLECT_SUBMISSIONS: _absolute(submissions)}
    print_status(OUT, run_night(AirflowHome.from_env(), OUT, as_of or None, folders))


def _end_now() -> NoReturn:
    """End a night as a kill would, which leaves nothing to clean; the next one marks its runs as failed."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()
    if OUT.is_terminal:
        # The cursor, which is hidden while a night is shown. Not by `OUT`, in whose midst the signal may have come.
        os.write(OUT.file.fileno(), b"\x1b[?25h\n")
    os._exit(130)


@main.command()
@click.option("--port", type=int, help="Listen on this port (default: 8080, or a free one).")
@click.option("--schedule", is_flag=True, help="Run the nights at their hours while it is up.")
def up(port: int | None, schedule: bool) -> None:
    """Start Airflow on the same data and keep it up until Ctrl-C."""
    # Ctrl-C too: a program that was started in the background begins by ignoring it.
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    keep_up(AirflowHome.from_env(), OUT, free_port(port) if port else usual_port(), schedule)


def _absolute(folder: str | None) -> str | None:
    return str(Path(folder).resolve()) if folder else None


def run() -> None:
    """The commands, with a sentence instead of a stack trace for what a person can cure."""
    try:
        main.main(standalone_mode=False)
    except RelanceError as error:
        ERR.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except Exception:
        # A defect of ours is shown at the terminal too.
        os.dup2(ERR.file.fileno(), 2)
        raise


if __name__ == "__mp_main__":
    # Where Python does not fork (macOS), it imports this module in the processes that a night starts.
    end_with_parent()
elif __name__ == "__main__":
    run()
