"""The `bluedot` command: reads the words and turns errors into exit codes; what a command does is in `commands`.

Exit codes: 0 done, 1 the run failed or a blocking rule failed (or something that nobody foresaw), 2 wrong usage or
settings (also a source that refuses our credentials), 130 interrupted."""

import gc
import os
import re
import sys
import threading
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from bluedot_assets.commands.console import DEBUG, OF_SAMPLE, print_error, print_traceback, program, sentence_of
from bluedot_assets.kernel.errors import SettingsError, SourceRefused, UsageError
from bluedot_assets.kernel.sample.fault_kinds import FaultKind

# Of polars, of Arrow and, in the workers alone, of the C library: what is freed goes back to the machine within a
# second, which costs no time to speak of.
ALLOCATORS: Final = {
    "_RJEM_MALLOC_CONF": "narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "1000000",
}

NAME: Final = "bluedot"
COMPLETE: Final = "_BLUEDOT_COMPLETE"  # of the environment, when a shell asks
ALL: Final = "daily|weekly|all"
KEY: Final = "a day such as 2024-08-02 or a week such as 2024-W31"
MANY: Final = 8  # words to choose from
FORMS: Final = {
    "int_parsing": "is no whole number: write digits alone, such as 10",
    "float_parsing": "is no number: write it like 60 or 0.5",
    "greater_than_equal": "is too small: {ge} is the least",
    "less_than_equal": "is too large: {le} is the most",
}
HERE: Final = "bluedot.here"  # of a context: the folder that the command was called in, where that is another


class _Commands(TyperGroup):
    """All commands. The refusal of an option of theirs that stands before them says where it goes."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises UsageError and what typer raises."""
        option = next(iter(args), "").partition("=")[0]
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        of = [name for name, one in self.commands.items() if any(option in parameter.opts for parameter in one.params)]
        if option.startswith("-") and option not in own and of:
            command = next((word for word in args if word in of), of[0])
            raise UsageError(f"{option} goes after the command: `bluedot {command} {option} ...`.")
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text, which can be searched and copied
    context_settings={"help_option_names": ["-h", "--help"]},
)

github = typer.Typer(help="What the workflows of GitHub Actions need.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(github, name="github")

history = typer.Typer(help="What was ever seen of each stock.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(history, name="history")

seeds = typer.Typer(help="TradingView's seed repositories.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(seeds, name="seeds")


class _NamedArgument(TyperArgument):
    """An argument that is shown by its name alone, and not by its type in Python as well."""

    def display_type_rich(self, ctx: Any) -> None:
        return None


class Command(TyperCommand):
    """A command whose arguments are named as its options are."""

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        for parameter in self.params:
            if isinstance(parameter, TyperArgument):
                parameter.__class__ = _NamedArgument

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The examples as they work where the help is read."""
        with formatter.indentation():
            formatter.write_paragraph()
            formatter.write_text((self.epilog or "").replace("  bluedot", f"  {program()}"))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises UsageError and what typer raises."""
        for option in {OF_SAMPLE, DEBUG}.intersection(args):
            if not any(option in parameter.opts for parameter in self.params):
                command = ctx.command_path.removeprefix(ctx.find_root().command_path).strip()
                raise UsageError(f"{option} goes before the command: `bluedot {option} {command}`.")
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = _in_our_words(error)
            raise


def _in_our_words(error: typer.BadParameter) -> str:
    """What is wrong with a word, and a form that works, instead of what pydantic says for programmers."""
    from pydantic import ValidationError  # noqa: PLC0415  needed once something is wrong

    found = error.__cause__
    first = found.errors()[0] if isinstance(found, ValidationError) else None
    if first and first["type"] in FORMS:
        return f"{first['input']!r} {FORMS[first['type']].format(**first.get('ctx', {}))}."
    problem = error.message.removeprefix("Value error, ")
    if " does not match the format" in problem:
        return f"{problem.partition(' does not')[0]} is no date of the calendar: write it like 2024-08-02."
    return _meant(problem)


def _meant(problem: str) -> str:
    """The problem with a word that is none of several, and which of them it resembles; of many only that."""
    word, *choices = re.findall(r"'([^']*)'", problem) or [""]
    near = get_close_matches(word.lower(), choices, 1)
    if near and len(choices) > MANY:
        problem = f"{word!r} is none of the {len(choices)} that --help lists."
    return f"{problem} Did you mean {near[0]}?" if near else problem


def _examples(*commands: str) -> str:
    """What stands below the help of a command, a line each."""
    return "\n".join(["\b", "Examples:", *(f"  bluedot {command}" for command in commands)])


def _from_here(context: typer.Context, path: Path | None) -> Path | None:
    """A path as the person meant it who called us: with --sample we work in another folder."""
    return path and context.meta.get(HERE, Path()) / path


def _all_from_here(context: typer.Context, paths: list[Path]) -> list[Path]:
    return [context.meta.get(HERE, Path()) / path for path in paths]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415  each command imports what it needs

        sys.stdout.write(f"bluedot {version('bluedot-assets')}\n")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    of_sample: Annotated[
        bool,
        typer.Option(OF_SAMPLE, help="Work on the sample in ./sample, with its own settings and Dagster home."),
    ] = False,
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error before its sentence.")] = False,
) -> None:
    """From a vendor's JSON files to validated tables, TradingView CSVs and a static site.

    Settings are variables of the environment, or lines of .env in the current folder.
    """
    if of_sample:
        from bluedot_assets.commands.sample import work_in_sample  # noqa: PLC0415

        if context.invoked_subcommand == "sample":
            raise UsageError("`bluedot sample` makes the sample: say it without --sample.")
        context.meta[HERE] = work_in_sample()


def _fault_kinds(begun: str) -> list[str]:
    return [kind for kind in get_args(FaultKind) if kind.startswith(begun)]


def _known_fault_kinds(kinds: list[str] | None) -> list[str]:
    known = get_args(FaultKind)
    for kind in kinds or ():
        if kind not in known:
            raise typer.BadParameter(f"{kind!r} is not one of {', '.join(map(repr, known))}.")
    return kinds or []


Timeframes = Annotated[Literal["daily", "weekly", "all"], typer.Option(metavar=ALL, help="Which timeframe.")]
Timeframe = Annotated[Literal["daily", "weekly"], typer.Argument(metavar="daily|weekly", help="Which timeframe.")]
Partition = Annotated[str, typer.Option(metavar="KEY|latest", help=f"Which one: {KEY}, or the newest that is stored.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]
OutFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", callback=_from_here, help="Write it here; default: standard output."),
]
Problems = Annotated[
    Path | None,
    typer.Option(metavar="FILE", callback=_from_here, help="With --ready: write what stops it here, for notify."),
]


@app.command(
    cls=Command,
    epilog=_examples(
        "run",
        "run --timeframe daily --partition 2024-08-02",
        "run --timeframe weekly --partition all --quiet",
        "run --timeframe daily --partition 2024-01-02..2024-12-31 --jobs 4",
        'run --timeframe daily --partition 2024-08-02 --accept-incomplete "30 stocks are delisted"',
    ),
)
def run(
    timeframe: Timeframes = "all",
    partition: Annotated[
        str,
        typer.Option(
            metavar="KEY|KEY..KEY|latest|all", help=f"Which one: {KEY}, those from one to another, the newest, or all."
        ),
    ] = "latest",
    jobs: Annotated[
        int,
        typer.Option(metavar="NUMBER", min=1, help="Processes, of which each works on one of many partitions."),
    ] = 1,
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
    """Run the whole pipeline for one or more partitions.

    Raw files, bars, series, site: each stage is checked before the next begins. Exit code 1 when one failed.
    """
    from bluedot_assets.commands.run.command import run_partitions  # noqa: PLC0415

    raise typer.Exit(
        run_partitions(
            timeframe, partition, accept=accept_incomplete, quiet=quiet, as_json=as_json, wait=wait, jobs=jobs
        )
    )


@app.command(
    cls=Command, epilog=_examples("partitions", "partitions --timeframe daily --json", "partitions --due --ready")
)
def partitions(
    timeframe: Timeframes = "all",
    due: Annotated[bool, typer.Option("--due", help="Only what is due: timeframe, key and Dagster's key.")] = False,
    ready: Annotated[
        bool,
        typer.Option(
            "--ready", help="What a job should run now: what is due or was corrected, once it is uploaded (waits)."
        ),
    ] = False,
    partition: Annotated[str, typer.Option(metavar="KEY", help="With --ready: this one, whatever the site has.")] = "",
    problems: Problems = None,
    as_json: AsJson = False,
) -> None:
    """List what the source has, what is published and what is due.

    Each with Dagster's own key. Due is what is missing from the site of the newest ones, which BLUEDOT_KEEP keeps.
    """
    from bluedot_assets.commands.partitions import list_partitions, list_ready  # noqa: PLC0415

    if ready:
        raise typer.Exit(list_ready(timeframe, partition or None, problems))
    list_partitions(timeframe, only_due=due, as_json=as_json)


@app.command(
    cls=Command,
    epilog=_examples(
        "check AAPL_daily.json", "check drive/daily/2024-08-02", "check --json drive/weekly/2024-W31/*_weekly.json"
    ),
)
def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", callback=_all_from_here, help="Vendor files, or folders with such files."),
    ],
    as_json: AsJson = False,
) -> None:
    """Say what of vendor files would be published, and run nothing.

    Each file is judged as a run judges it, for the partition that its folder is named after (else: today's). What needs
    other partitions or most of the stocks is not judged. Exit code 1 when a file would be rejected.
    """
    from bluedot_assets.commands.check import check_files  # noqa: PLC0415

    raise typer.Exit(check_files(files, as_json=as_json))


@app.command(
    cls=Command, epilog=_examples("rollback daily 2024-08-01", 'rollback weekly 2024-W30 --reason "wrong prices"')
)
def rollback(
    timeframe: Timeframe,
    partition: Annotated[
        str, typer.Argument(metavar="KEY", help=f"A dated folder that the site keeps: {KEY}, or previous.")
    ],
    reason: Annotated[str, typer.Option(metavar="REASON", help="Why, for the dashboard.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Wait until BLUEDOT_SITE_URL shows it.")] = False,
) -> None:
    """Take a bad publish back.

    `latest` shows an earlier date again, until a newer one is published.
    """
    from bluedot_assets.commands.published.rollback import roll_site_back  # noqa: PLC0415

    raise typer.Exit(roll_site_back(timeframe, partition, reason, wait=wait))


@app.command(
    cls=Command, epilog=_examples("raw AAPL_daily.json", "raw AAPL_daily.json --partition 2024-08-02 --out AAPL.json")
)
def raw(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The file's name as the vendor gave it, AAPL_daily.json.")
    ],
    partition: Partition = "latest",
    origin: Annotated[
        str | None, typer.Option(metavar="ID", help="Origin id, where several files have the name.")
    ] = None,
    out: OutFile = None,
) -> None:
    """Give a stored file back, byte for byte."""
    from bluedot_assets.commands.stored.files import give_back  # noqa: PLC0415

    give_back(file, partition, origin, out)


@app.command(
    cls=Command, epilog=_examples("csv AAPL BLUE_DOTS", "csv AAPL PRICE_DATA --timeframe weekly --partition 2024-W31")
)
def csv(
    stock: Annotated[str, typer.Argument(metavar="STOCK", help="Its name in the published files, AAPL.")],
    indicator: Annotated[str, typer.Argument(metavar="INDICATOR", help="As the published files end, BLUE_DOTS.")],
    timeframe: Annotated[Literal["daily", "weekly"], typer.Option(metavar="daily|weekly", help="Which one.")] = "daily",
    partition: Partition = "latest",
    out: OutFile = None,
) -> None:
    """Give a stored series as the CSV that is published."""
    from bluedot_assets.commands.stored.files import give_series  # noqa: PLC0415

    give_series(stock, indicator, timeframe, partition, out)


@app.command(
    cls=Command,
    epilog=_examples(
        "explain DIXON 2024-08-27",
        "explain DIXON 2024-08-27 --field rlst --json",
        "explain DIXON 2024-W35 --timeframe weekly",
    ),
)
def explain(
    stock: Annotated[str, typer.Argument(metavar="STOCK", help="Its name in the published files, DIXON.")],
    session: Annotated[
        str, typer.Argument(metavar="SESSION", help="2024-08-27; of weekly bars 2024-W35, or a day of it.")
    ],
    field: Annotated[
        Literal["open", "high", "low", "close", "volume", "rlst", "bc", "dot"] | None,
        typer.Option(metavar="NAME", help="One value alone: open, high, low, close, volume, rlst, bc or dot."),
    ] = None,
    timeframe: Annotated[Literal["daily", "weekly"], typer.Option(metavar="daily|weekly", help="Which one.")] = "daily",
    partition: Annotated[
        str,
        typer.Option(metavar="KEY|latest", help=f"As it is stored of: {KEY}, or the newest that reaches over it."),
    ] = "latest",
    as_json: AsJson = False,
) -> None:
    """Say where a published number comes from.

    Its line and file, the stored bar, the vendor's record, the rules that touched it, and what the history knows:
    earlier versions, adjustments, the dot. Where there is no bar: why, as far as it can be known.
    """
    from bluedot_assets.commands.stored.explain import explain_value  # noqa: PLC0415

    explain_value(stock, session, timeframe, field, partition, as_json=as_json)


@app.command(
    cls=Command,
    epilog=_examples("sample", "sample --stocks 1000 --days 1 --exchange us", "sample --faults --out drive"),
)
def sample(
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            callback=_from_here,
            help="Write the tree alone, here; default: ./sample/drive, with settings for --sample beside it. An "
            "earlier sample there is replaced.",
        ),
    ] = None,
    stocks: Annotated[int, typer.Option(metavar="NUMBER", min=0, help="Stocks in each partition.")] = 60,
    days: Annotated[int, typer.Option(metavar="NUMBER", min=0, help="Daily partitions.")] = 3,
    weeks: Annotated[int, typer.Option(metavar="NUMBER", min=0, help="Weekly partitions.")] = 2,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Equal seeds and ends give equal trees.")] = 1,
    end: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Newest date, as 2024-08-02; default: the last whose upload, the morning after, is over.",
        ),
    ] = None,
    exchange: Annotated[
        Literal["india", "us", "mixed"], typer.Option(metavar="india|us|mixed", help="Whose calendar and timezone.")
    ] = "mixed",
    faults: Annotated[bool, typer.Option("--faults", help="Add one of each kind of bad file.")] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            callback=_known_fault_kinds,
            autocompletion=_fault_kinds,
            help=f"Add this kind of bad file; may be repeated. Kinds: {', '.join(get_args(FaultKind))}.",
        ),
    ] = None,
) -> None:
    """Write a tree of made-up vendor files, to try everything on."""
    from bluedot_assets.commands.sample import make_sample  # noqa: PLC0415
    from bluedot_assets.kernel.sample.tree import newest_uploaded  # noqa: PLC0415

    make_sample(
        out,
        stocks=stocks,
        days=days,
        weeks=weeks,
        seed=seed,
        end=end.date() if end else newest_uploaded(datetime.now(UTC)),
        exchange=exchange,
        fault_kinds=get_args(FaultKind) if faults else tuple(fault or ()),
    )


@app.command(cls=Command, epilog=_examples("prune --dry-run", "prune --keep 10 --timeframe weekly"))
def prune(
    keep: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            min=1,
            help="Stored partitions of each timeframe that stay, newest first, whatever the settings and source say.",
        ),
    ] = None,
    timeframe: Timeframes = "all",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go and how many bytes; remove nothing.")
    ] = False,
) -> None:
    """Remove what is older than the settings keep.

    Stored partitions (BLUEDOT_KEEP_DATA) and Dagster's runs (BLUEDOT_KEEP_RUNS_DAYS); the site stays as it is.
    """
    from bluedot_assets.commands.stored.files import prune as remove_old  # noqa: PLC0415

    remove_old(timeframe, keep, dry_run=dry_run)


@app.command(cls=Command, epilog=_examples("monitor", "monitor --url https://example.github.io/bluedot/ --sample 100"))
def monitor(
    url: Annotated[str | None, typer.Option(metavar="URL", help="The public site; default: BLUEDOT_SITE_URL.")] = None,
    sample: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, help="CSVs of each timeframe to compare with their sha256.")
    ] = 20,
    within: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="Seconds that the whole look may take.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Look at the public site as the world does.

    State, age, completeness, a sample of the CSVs. Exit code 1 and an alert when something is wrong.
    """
    from bluedot_assets.commands.monitor import monitor_site  # noqa: PLC0415

    raise typer.Exit(monitor_site(url, sample, within, as_json=as_json))


@app.command(cls=Command, epilog=_examples("notify", "notify --test", "notify --timeframe daily --json"))
def notify(
    timeframe: Timeframes = "all",
    test: Annotated[bool, typer.Option("--test", help="Send a message to every address, and nothing else.")] = False,
    job: Annotated[bool, typer.Option("--job", help="At the end of a CI job: also what its runs saw.")] = False,
    problems: Annotated[
        Path | None,
        typer.Option(
            "--problems",
            "--said",
            metavar="FILE",
            callback=_from_here,
            help="With --job: what partitions --ready wrote there.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Notify people of what is new, each thing once.

    Failures, lateness, warnings, and the digest of new dots.
    """
    from bluedot_assets.commands.notify import notify_of_job, notify_people, send_test  # noqa: PLC0415

    if job:
        raise typer.Exit(notify_of_job(timeframe, problems))
    raise typer.Exit(send_test(as_json=as_json) if test else notify_people(timeframe, as_json=as_json))


@app.command(cls=Command, epilog=_examples("serve", "serve --port 0"))
def serve(
    port: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=0, max=65535, help="Default: 8000, or any free one; 0: any free one."),
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Show the folder site over http, on this machine only."""
    from bluedot_assets.commands.serve.site import serve_site  # noqa: PLC0415

    serve_site(host, port)


@app.command(cls=Command, epilog=_examples("dev", "dev --port 3001"))
def dev(
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=1, max=65535, help="Default: 3000, or any free one.")
    ] = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Open Dagster's UI with its daemon, on this machine only."""
    from bluedot_assets.commands.serve.dagster import serve_dagster  # noqa: PLC0415

    raise typer.Exit(serve_dagster(host, port))


@app.command(cls=Command, epilog=_examples("doctor", "doctor --send"))
def doctor(
    send: Annotated[bool, typer.Option("--send", help="Also send a test message to every webhook.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every setting and connection, with remedies."""
    from bluedot_assets.commands.doctor.command import run_doctor  # noqa: PLC0415

    raise typer.Exit(run_doctor(send=send, as_json=as_json))


@github.command("settings", cls=Command, epilog=_examples("github settings"))
def github_settings() -> None:
    """Hand variables and addresses to a job's next steps.

    The repository's variables, and what GitHub knows itself, become settings of the steps that follow.
    """
    from bluedot_assets.commands.github.settings import export_settings  # noqa: PLC0415

    export_settings()


@github.command("summary", cls=Command, epilog=_examples("github summary"))
def github_summary() -> None:
    """Write the job's summary, and annotations for what failed."""
    from bluedot_assets.commands.github.summary import write_summary  # noqa: PLC0415

    write_summary()


@seeds.command("plan", cls=Command, epilog=_examples("seeds plan", "seeds plan --timeframe daily --json"))
def seeds_plan(
    timeframe: Timeframes = "all",
    partition: Partition = "latest",
    as_json: AsJson = False,
) -> None:
    """Say what a run would push to each seed repository now.

    Or why it would wait. Pushes nothing.
    """
    from bluedot_assets.commands.published.seeds import show_plan  # noqa: PLC0415

    show_plan(timeframe, partition, as_json=as_json)


@history.command("status", cls=Command, epilog=_examples("history status", "history status --json"))
def history_status(timeframe: Timeframes = "all", as_json: AsJson = False) -> None:
    """Say what the history has, and where it is."""
    from bluedot_assets.commands.stored.history import show_status  # noqa: PLC0415

    show_status(timeframe, as_json=as_json)


@history.command("verify", cls=Command, epilog=_examples("history verify", "history verify --timeframe daily"))
def history_verify(timeframe: Timeframes = "all") -> None:
    """See whether its files are whole and agree.

    With each other and with the stored partitions. Ends with 1 where they do not.
    """
    from bluedot_assets.commands.stored.history import verify  # noqa: PLC0415

    raise typer.Exit(verify(timeframe))


@history.command("rebuild", cls=Command, epilog=_examples("history rebuild", "history rebuild --timeframe daily"))
def history_rebuild(timeframe: Timeframes = "all") -> None:
    """Merge all stored partitions again.

    What is published is made anew. What came from partitions that are stored no more stays. Ends with 1 where a stored
    partition cannot be read.
    """
    from bluedot_assets.commands.stored.history import rebuild_history  # noqa: PLC0415

    raise typer.Exit(rebuild_history(timeframe))


def tune_memory() -> None:
    """For the imports that follow, and for the tables."""
    # They make hundreds of thousands of objects that stay: searching them cost a run a sixth of its time.
    gc.set_threshold(100_000, 50, 50)
    for name, value in ALLOCATORS.items():
        os.environ.setdefault(name, value)


def _open_closed_streams() -> None:
    """A standard stream that the caller closed is the null device, ours and our children's: else the next file that is
    opened would get its number, and what is printed would be written into it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(opened, True)
            setattr(sys, name, os.fdopen(opened, mode))


def _print_failure(error: BaseException | None) -> None:
    """One sentence, whatever it is; the traceback before it with --debug."""
    print_traceback(error)
    print_error(sentence_of(error))


def main() -> None:
    """Entry point: every error is one sentence and an exit code."""
    _open_closed_streams()
    tune_memory()
    before, threading.excepthook = threading.excepthook, lambda failed: _print_failure(failed.exc_value)
    try:
        # A shell knows completions by the command's name, wherever the command lies.
        completion = COMPLETE in os.environ or "-completion" in "".join(sys.argv[1:2])
        app(prog_name=NAME if completion else program())
    except Exception as error:  # noqa: BLE001  the last place: beyond it Python prints a traceback
        _print_failure(error)
        sys.exit(2 if isinstance(error, UsageError | SettingsError | SourceRefused) else 1)
    finally:
        threading.excepthook = before
        gc.freeze()  # else Python's own end searches all modules for cycles that die with the process anyway
