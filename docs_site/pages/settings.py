"""Every setting with its default and meaning, by subject: the page, and `.env.example`, which
`python -m docs_site.pages.settings` writes."""

from pathlib import Path
from textwrap import wrap
from typing import Final

from bluedot_assets.settings.load import documented_groups
from docs_site.pages.markdown import code, table, text

ENV_EXAMPLE: Final = Path(__file__).parents[2] / ".env.example"
_ASKED_FOR: Final = "BLUEDOT_SOURCE"  # the one that has no default


def settings_page() -> str:
    """A table for each group, in the order of the settings module."""
    groups = documented_groups()
    lines = [
        "# Settings",
        "",
        "Each is a variable of the environment, or a line of the file `.env` in the folder that the command runs",
        "in (quotes and `export` may stand there); empty means the default. `bluedot doctor` tries them all. Copy",
        "`.env.example` to begin. Only `BLUEDOT_SOURCE` must be set.",
    ]
    for heading, settings in groups.items():
        rows = [(code(name), code(default), text(meaning)) for name, default, meaning in settings]
        lines += ["", f"## {heading}", "", *table(("Setting", "Default", "Meaning"), rows)]
    return "\n".join(lines)


def env_example() -> str:
    """The file to copy: every setting with its meaning, all but the source as comments."""
    lines = [
        "# Every setting of bluedot_assets. Copy this file to .env and fill in what differs; empty means the default."
    ]
    for heading, settings in documented_groups().items():
        lines += ["", f"# ---- {heading} ----"]
        for name, default, meaning in settings:
            given = f"{name}={default}"
            lines += ["", *wrap(meaning, 118, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)]
            lines += [given if name == _ASKED_FOR else f"# {given}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    ENV_EXAMPLE.write_text(env_example(), "utf-8")
