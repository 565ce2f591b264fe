"""`python -m relance.local_airflow nightly` and `up`: what `make nightly` and `make up` call."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import click
from rich.console import Console

from relance.asof import parse_as_of
from relance.errors import RelanceError
from relance.local_airflow.home import USER, AirflowHome
from relance.local_airflow.instance import Instance, free_port, wait_for_free
from relance.local_airflow.night import COLLECT_PANORAMA, COLLECT_SUBMISSIONS, run_night
from relance.stages import print_status

DEFAULT_PORT = 8080


@click.group()
def main() -> None:
    """Airflow on this machine."""


@main.command()
@click.option("--as-of", help="Publish what was known then: 2021-02-01 (that night) or an instant.")
@click.option("--panorama", type=click.Path(), help="Collect the panorama from this folder.")
@click.option("--submissions", type=click.Path(), help="Collect the submissions from this folder.")
def nightly(as_of: str | None, panorama: str | None, submissions: str | None) -> None:
    """Run the night's DAGs through Airflow: collect, publish, print the publication."""
    home = AirflowHome.from_env()
    if as_of:
        # Said now and not by a task after Airflow's start.
        parse_as_of(as_of)
    folders = {COLLECT_PANORAMA: _absolute(panorama), COLLECT_SUBMISSIONS: _absolute(submissions)}
    console = Console()
    run_night(home, console, as_of or None, folders, lambda publication: print_status(console, publication))


@main.command()
@click.option("--port", type=int, help=f"Listen on this port (default: {DEFAULT_PORT}, or a free one).")
@click.option("--schedule", is_flag=True, help="Run the nights at their hours while it is up.")
def up(port: int | None, schedule: bool) -> None:
    """Start Airflow on the same data and keep it up until Ctrl-C."""
    home, console = AirflowHome.from_env(), Console()
    if running := wait_for_free(home):
        raise RelanceError(f"Airflow is already up at http://127.0.0.1:{running['port']}.")
    console.print("starting Airflow")
    with Instance(home, "up", free_port(port) if port else _usual_port(), console.print, schedule) as instance:
        console.print(f"Airflow is up: [bold]{instance.client.address}[/]", highlight=False)
        console.print(f"  user      {USER}\n  password  in {home.passwords_file}", highlight=False)
        console.print(f"  data      {home.settings.data_dir}", highlight=False)
        nights = "run at their hours" if schedule else "run only when triggered (make up SCHEDULE=1 plans them)"
        console.print(f"  nights    {nights}\nCtrl-C ends it.", highlight=False)
        try:
            while True:
                time.sleep(1)
                instance.check_alive()
        finally:
            if not instance.client.active_runs():
                instance.stop()


def _usual_port() -> int:
    try:
        return free_port(DEFAULT_PORT)
    except RelanceError:
        return free_port()


def _absolute(folder: str | None) -> str | None:
    return str(Path(folder).resolve()) if folder else None


def run() -> None:
    """The commands, with a sentence instead of a stack trace for what a person can cure."""
    # A polite end is an end by Ctrl-C: what was started is ended on the way out.
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    try:
        main.main(standalone_mode=False)
    except RelanceError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)


if __name__ == "__main__":
    run()
