"""Stages whose stored files are published beside the CSVs: in a subfolder of the dated folder, and where asked as a
path of the site that shows what `latest` shows. How they are published is in `site`."""

from typing import NamedTuple

from bluedot_assets.kernel.stored.manifest import Manifest
from bluedot_assets.pipeline.stage import Work


class Extra(NamedTuple):
    """The files of one stage. `mirror` is a path of the site for one timeframe alone."""

    stage: str
    folder: str
    mirror: str | None = None
    timeframes: frozenset[str] = frozenset({"daily", "weekly"})


EXTRAS: tuple[Extra, ...] = (
    Extra("watchlists", "watchlists"),
    Extra("pine_scripts", "scripts", "pine/scripts", frozenset({"daily"})),
)


def extras_for(timeframe: str) -> list[Extra]:
    """What a partition of the timeframe publishes beside its CSVs."""
    return [extra for extra in EXTRAS if timeframe in extra.timeframes]


def extra_manifests(work: Work, bars: Manifest) -> dict[Extra, Manifest]:
    """The stored outputs, made of these bars. Raises OutputAbsent, OutputOutdated."""
    outputs = work.platform.outputs
    return {extra: outputs.require(work.slot(extra.stage), bars) for extra in extras_for(work.timeframe.name)}


def extra_files(work: Work, stored: dict[Extra, Manifest]) -> dict[str, bytes]:
    """Their files by name within the dated folder."""
    read = work.platform.outputs.read_files
    return {f"{extra.folder}/{name}": file for extra, made in stored.items() for name, file in read(made).items()}
