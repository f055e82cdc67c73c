"""The specs of all definitions as readable text. `python -m bluedot_assets_tests.defs.specs` writes it anew."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg

from bluedot_assets.definitions import build_definitions
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets_tests.examples.trees import make_settings

SNAPSHOT = Path(__file__).with_name("specs.txt")


def describe(definitions: dg.Definitions) -> str:
    """Everything that Dagster's UI and other people's selections depend on."""
    repository = definitions.get_repository_def()
    lines = [*_assets(definitions), "", *_jobs(definitions), ""]
    for schedule in sorted(repository.schedule_defs, key=lambda one: one.name):
        lines.append(
            f"schedule {schedule.name}: {schedule.cron_schedule} {schedule.execution_timezone}, "
            f"requests {schedule.job_name}, {schedule.default_status.value}"
        )
    for sensor in sorted(repository.sensor_defs, key=lambda one: one.name):
        lines.append(f"sensor {sensor.name}: {sensor.sensor_type.value}, {sensor.default_status.value}")
    return "\n".join(lines) + "\n"


def _assets(definitions: dg.Definitions) -> Iterator[str]:
    graph = definitions.resolve_asset_graph()
    checks = {(key.asset_key, key.name): graph.get(key) for key in graph.asset_check_keys}
    for key in sorted(graph.get_all_asset_keys(), key=lambda one: one.to_user_string()):
        node = graph.get(key)
        yield f"{key.to_user_string()}"
        yield f"  group {node.group_name}, {_partitions(node.partitions_def)}"
        if node.parent_keys:
            yield f"  after {', '.join(sorted(parent.to_user_string() for parent in node.parent_keys))}"
        for (asset, name), check in sorted(checks.items(), key=lambda one: one[0][1]):
            if asset == key:
                yield f"  check {name}{' (blocking)' if check.blocking else ''}"


def _partitions(partitions: dg.PartitionsDefinition[str] | None) -> str:
    assert isinstance(partitions, dg.TimeWindowPartitionsDefinition)
    first = partitions.get_first_partition_window()
    assert first is not None
    length = "days" if first.end - first.start == timedelta(days=1) else "weeks"
    return f"{length} from {partitions.get_first_partition_key()}, end offset {partitions.end_offset}"


def _jobs(definitions: dg.Definitions) -> Iterator[str]:
    for name in sorted(job.name for job in definitions.resolve_all_job_defs() if not job.name.startswith("__")):
        nodes = sorted(node.name for node in definitions.resolve_job_def(name).nodes)
        yield f"job {name}: {', '.join(nodes)}"


def current() -> str:
    return describe(build_definitions(Platform(make_settings())))


if __name__ == "__main__":
    SNAPSHOT.write_text(current(), "utf-8")
