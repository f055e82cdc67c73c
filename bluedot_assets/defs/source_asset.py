"""The source as a node of the graph: an asset that nothing here makes. Its partitions are the source's folders, and the
sensor reports each when its upload has ended and when its files changed. What is read of it is the stage `raw_json`."""

from collections.abc import Iterator

import dagster as dg

from bluedot_assets.kernel.calendar.timeframes import Timeframe
from bluedot_assets.kernel.source.arrivals import Decision, FolderListing, SourceObservation
from bluedot_assets.pipeline.stage import Link, Location
from bluedot_assets.pipeline.stages.raw_json import shown_source

NAME = "source"
MOST_AT_ONCE = 200  # of a tick, which has 60 seconds in all; the others are reported by the next ones


def source_key(timeframe: Timeframe) -> dg.AssetKey:
    return dg.AssetKey([timeframe.name, NAME])


def source_asset(
    timeframe: Timeframe, partitions: dg.PartitionsDefinition[str], address: str | None, owners: tuple[str, ...]
) -> dg.AssetSpec:
    """The vendor's folders of a timeframe."""
    return dg.AssetSpec(
        source_key(timeframe),
        group_name=timeframe.name,
        description=f"The vendor's {timeframe.name} folders, one for a partition; reported by {timeframe.name}_ready.",
        kinds={"googledrive" if (address or "").startswith("gdrive:") else "file"},
        partitions_def=partitions,
        owners=owners,
        tags={"timeframe": timeframe.name, "stage": NAME},
        metadata={"address": address} if address else None,
    )


def arrived_folders(
    instance: dg.DagsterInstance, timeframe: Timeframe, observation: SourceObservation, decision: Decision, address: str
) -> list[dg.AssetMaterialization]:
    """The folders that are new or have other files than when they were last reported, oldest first. One that may still
    grow is none yet. `address` is the source's."""
    key = source_key(timeframe)
    reported = instance.get_materialized_partitions(key)
    found = []
    for folder, fingerprint in sorted(_ended(timeframe, observation, decision)):
        dagster_key = timeframe.dagster_key(folder)
        if dagster_key in reported and (not fingerprint or _reported(instance, key, dagster_key) == fingerprint):
            continue
        tags = {DATA_VERSION: fingerprint} if fingerprint else None
        facts = _facts(decision.listings.get(folder), shown_source(address, timeframe, folder))
        found.append(dg.AssetMaterialization(key, partition=dagster_key, metadata=facts, tags=tags))
    return found[-MOST_AT_ONCE:]


DATA_VERSION = "dagster/data_version"


def _facts(listing: FolderListing | None, where: Link | Location) -> dict[str, dg.MetadataValue]:
    """What is known of the folder without reading the source again, of which only the newest ones were read."""
    place = dg.MetadataValue.url(where.url) if isinstance(where, Link) else dg.MetadataValue.path(where.path)
    facts: dict[str, dg.MetadataValue] = {"folder": place}
    if listing is not None:
        facts |= {"files": dg.MetadataValue.int(listing.files), "bytes": dg.MetadataValue.int(listing.bytes)}
        facts |= {"modified": dg.MetadataValue.timestamp(listing.modified)} if listing.modified else {}
    return facts


def _ended(timeframe: Timeframe, observation: SourceObservation, decision: Decision) -> Iterator[tuple[str, str]]:
    """Folders whose upload has ended: those that are requested now, those that the site has, and older ones; each with
    the fingerprint of its files, "" where it is not known."""
    requested = {one.key for one in decision.requests}
    newest, newest_published = set(observation.newest(timeframe)), max(observation.published, default="")
    for folder in observation.listed:
        if folder in requested:
            seen = decision.cursor.requested.get(folder) or decision.cursor.listings.get(folder)
            yield folder, seen.fingerprint if seen else ""
        elif folder in observation.published or folder not in newest or folder < newest_published:
            yield folder, ""


def _reported(instance: dg.DagsterInstance, key: dg.AssetKey, dagster_key: str) -> str | None:
    """The fingerprint of the files when the folder was last reported."""
    wanted = dg.AssetRecordsFilter(key, asset_partitions=[dagster_key])
    for record in instance.fetch_materializations(wanted, limit=1).records:
        made = record.asset_materialization
        return made.tags.get(DATA_VERSION) if made and made.tags else None
    return None
