"""The `bluedot` command: reads the words and turns errors into exit codes; what a command does is in `commands`.

Exit codes: 0 done, 1 the run failed or a blocking rule failed, 2 wrong usage or settings (also a source that refuses
our credentials), 130 interrupted."""

import gc
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from bluedot_assets.kernel.errors import BluedotError, SettingsError, SourceRefused, UsageError

# Of polars, of Arrow and, in the workers alone, of the C library: what is freed goes back to the machine within a
# second, which costs no time to speak of.
ALLOCATORS: Final = {
    "_RJEM_MALLOC_CONF": "narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "1000000",
}

app = typer.Typer(
    help="From a vendor's JSON files to validated tables, TradingView CSVs and a static site.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

github = typer.Typer(help="What the workflows of GitHub Actions need besides the pipeline.", no_args_is_help=True)
app.add_typer(github, name="github")

seeds = typer.Typer(help="TradingView's seed repositories (BLUEDOT_SEEDS).", no_args_is_help=True)
app.add_typer(seeds, name="seeds")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415  each command imports what it needs

        sys.stdout.write(f"bluedot {version('bluedot-assets')}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What holds for no command."""


Timeframes = Annotated[Literal["daily", "weekly", "all"], typer.Option(help="Which timeframe.")]
Partition = Annotated[str, typer.Option(help="A key, or `latest`: the newest that is stored.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]


@app.command()
def run(
    timeframe: Timeframes = "all",
    partition: Annotated[str, typer.Option(help="A key (2024-08-02, 2024-W31), `latest` or `all`.")] = "latest",
    accept_incomplete: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Publish one partition below BLUEDOT_MIN_COMPLETE; the site says why."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line for each partition.")] = False,
    as_json: AsJson = False,
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Wait until BLUEDOT_SITE_URL shows what was published; exit 1 if it does not."),
    ] = False,
) -> None:
    """Run the whole pipeline for one or more partitions: raw, bars, series, site."""
    from bluedot_assets.commands.run.command import run_partitions  # noqa: PLC0415

    raise typer.Exit(
        run_partitions(timeframe, partition, accept=accept_incomplete, quiet=quiet, as_json=as_json, wait=wait)
    )


@app.command()
def partitions(
    timeframe: Timeframes = "all",
    due: Annotated[bool, typer.Option("--due", help="Only what is due: timeframe, key and Dagster's key.")] = False,
    ready: Annotated[
        bool,
        typer.Option(
            "--ready", help="What a job should run now: what is due or was corrected, once it is uploaded (waits)."
        ),
    ] = False,
    partition: Annotated[str, typer.Option(help="With --ready: this one, whatever the site has.")] = "",
    problems: Annotated[Path | None, typer.Option(help="With --ready: write what stops it here, for notify.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what the source has, what is published and what is due, with Dagster's own keys."""
    from bluedot_assets.commands.partitions import list_partitions, list_ready  # noqa: PLC0415

    if ready:
        raise typer.Exit(list_ready(timeframe, partition or None, problems))
    list_partitions(timeframe, only_due=due, as_json=as_json)


@app.command()
def rollback(
    timeframe: Annotated[Literal["daily", "weekly"], typer.Argument(help="Which timeframe.")],
    partition: Annotated[str, typer.Argument(help="A dated folder that the site keeps, 2024-08-01 or 2024-W31.")],
    reason: Annotated[str, typer.Option(help="Why, for the dashboard.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Wait until BLUEDOT_SITE_URL shows it.")] = False,
) -> None:
    """Take a bad publish back: `latest` shows an earlier date again, until a newer one is published."""
    from bluedot_assets.commands.rollback import roll_site_back  # noqa: PLC0415

    raise typer.Exit(roll_site_back(timeframe, partition, reason, wait=wait))


@app.command()
def raw(
    file: Annotated[str, typer.Argument(help="The file's name as the vendor gave it, AAPL_daily.json.")],
    partition: Partition = "latest",
    origin: Annotated[str | None, typer.Option(help="Origin id, where several files have the name.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write it here; default: standard output.")] = None,
) -> None:
    """Give a stored file back, byte for byte."""
    from bluedot_assets.commands.stored import give_back  # noqa: PLC0415

    give_back(file, partition, origin, out)


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Folder to write; an earlier sample there is replaced.")] = Path("sample"),
    stocks: Annotated[int, typer.Option(min=0, help="Stocks in each partition.")] = 60,
    days: Annotated[int, typer.Option(min=0, help="Daily partitions.")] = 3,
    weeks: Annotated[int, typer.Option(min=0, help="Weekly partitions.")] = 2,
    seed: Annotated[int, typer.Option(help="Equal seeds and ends give equal trees.")] = 1,
    end: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Newest date; default: today.")] = None,
    exchange: Annotated[Literal["india", "us", "mixed"], typer.Option(help="Whose calendar and timezone.")] = "mixed",
    faults: Annotated[bool, typer.Option("--faults", help="Add one of each kind of bad file.")] = False,
    fault: Annotated[list[str] | None, typer.Option(help="Add this kind of bad file; may be repeated.")] = None,
) -> None:
    """Write a tree of made-up vendor files, to try everything on."""
    from bluedot_assets.commands.sample import make_sample  # noqa: PLC0415
    from bluedot_assets.kernel.sample.faults import FAULT_KINDS  # noqa: PLC0415

    make_sample(
        out,
        stocks=stocks,
        days=days,
        weeks=weeks,
        seed=seed,
        end=end.date() if end else datetime.now(UTC).date(),
        exchange=exchange,
        fault_kinds=tuple(FAULT_KINDS) if faults else tuple(fault or ()),
    )


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="Newest stored partitions of each timeframe that stay.")],
    timeframe: Timeframes = "all",
) -> None:
    """Remove older stored partitions from BLUEDOT_DATA: raw files, tables and series. The site stays as it is."""
    from bluedot_assets.commands.stored import prune_partitions  # noqa: PLC0415

    prune_partitions(timeframe, keep)


@app.command()
def monitor(
    url: Annotated[str | None, typer.Option(help="The public site; default: BLUEDOT_SITE_URL.")] = None,
    sample: Annotated[int, typer.Option(min=0, help="CSVs of each timeframe to compare with their sha256.")] = 20,
    within: Annotated[float, typer.Option(min=1, help="Seconds that the whole look may take.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Look at the public site as the world does: state, age, completeness, a sample of the CSVs. Exit code 1 and an
    alert when something is wrong."""
    from bluedot_assets.commands.monitor import monitor_site  # noqa: PLC0415

    raise typer.Exit(monitor_site(url, sample, within, as_json=as_json))


@app.command()
def notify(
    timeframe: Timeframes = "all",
    test: Annotated[bool, typer.Option("--test", help="Send a message to every address, and nothing else.")] = False,
    job: Annotated[bool, typer.Option("--job", help="At the end of a CI job: also what its runs saw.")] = False,
    problems: Annotated[
        Path | None, typer.Option("--problems", "--said", help="With --job: what partitions --ready wrote there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Notify people of what is new: failures, lateness, warnings, and the digest of new dots; each once."""
    from bluedot_assets.commands.notify import notify_of_job, notify_people, send_test  # noqa: PLC0415

    if job:
        raise typer.Exit(notify_of_job(timeframe, problems))
    raise typer.Exit(send_test(as_json=as_json) if test else notify_people(timeframe, as_json=as_json))


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Show the folder site over http, on this machine only."""
    from bluedot_assets.commands.serve import serve_site  # noqa: PLC0415

    serve_site(host, port)


@app.command()
def doctor(
    send: Annotated[bool, typer.Option("--send", help="Also send a test message to every webhook.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every setting and connection: a line each, with what to do about it."""
    from bluedot_assets.commands.doctor.command import run_doctor  # noqa: PLC0415

    raise typer.Exit(run_doctor(send=send, as_json=as_json))


@github.command("settings")
def github_settings() -> None:
    """Hand the repository's variables and what GitHub knows to the job's next steps, as settings."""
    from bluedot_assets.commands.github.settings import export_settings  # noqa: PLC0415

    export_settings()


@github.command("summary")
def github_summary() -> None:
    """Write the job's summary, and annotations for what failed."""
    from bluedot_assets.commands.github.summary import write_summary  # noqa: PLC0415

    write_summary()


@seeds.command("plan")
def seeds_plan(
    timeframe: Timeframes = "all",
    partition: Partition = "latest",
    as_json: AsJson = False,
) -> None:
    """Say what a run would push to each seed repository now, or why it would wait; pushes nothing."""
    from bluedot_assets.commands.seeds import show_plan  # noqa: PLC0415

    show_plan(timeframe, partition, as_json=as_json)


def tune_memory() -> None:
    """For the imports that follow, and for the tables."""
    # They make hundreds of thousands of objects that stay: searching them cost a run a sixth of its time.
    gc.set_threshold(100_000, 50, 50)
    for name, value in ALLOCATORS.items():
        os.environ.setdefault(name, value)


def main() -> None:
    """Entry point: every error of ours is one sentence and an exit code."""
    tune_memory()
    try:
        app()
    except (BluedotError, OSError) as error:
        from bluedot_assets.commands.console import print_error, sentence_of  # noqa: PLC0415

        print_error(sentence_of(error))
        sys.exit(2 if isinstance(error, UsageError | SettingsError | SourceRefused) else 1)
    finally:
        gc.freeze()  # else Python's own end searches all modules for cycles that die with the process anyway
