"""Every asset of the graph with what it is made from and its checks; then jobs, schedules and sensors."""

import dagster as dg

from bluedot_assets.definitions import build_definitions
from bluedot_assets.pipeline.platform import Platform
from bluedot_assets.settings.fields import Settings
from docs_site.pages.markdown import table, text


def assets_page() -> str:
    """As without any setting; series and stages that a setting adds are not among them."""
    definitions = build_definitions(Platform(Settings(_env_file=None)))
    repository = definitions.get_repository_def()
    graph = repository.asset_graph
    lines = ["# Assets and checks", "", "What a check means and what to do when it fails: [Checks](checks.md)."]
    for key in sorted(graph.get_all_asset_keys(), key=dg.AssetKey.to_user_string):
        node = graph.get(key)
        parents = ", ".join(f"`{parent}`" for parent in sorted(one.to_user_string() for one in node.parent_keys))
        lines += ["", f"## {key.to_user_string()}", "", text(node.description or "")]
        lines += ["", f"Made from {parents}."] if parents else []
        rows = []
        for check in sorted(node.check_keys, key=lambda one: one.name):
            spec = graph.get_check_spec(check)
            rows.append((f"`{check.name}`", "yes" if spec.blocking else "no", text(spec.description or "")))
        lines += ["", *table(("Check", "Can block", "What it says"), rows)] if rows else []
    lines += _instigators(repository)
    return "\n".join(lines)


def _instigators(repository: dg.RepositoryDefinition) -> list[str]:
    lines: list[str] = []
    jobs = [
        (f"`{job.name}`", text(job.description or ""))
        for job in repository.get_all_jobs()
        if not job.name.startswith("__")
    ]
    schedules = [
        (f"`{one.name}`", f"`{one.cron_schedule}`", text(one.description or "")) for one in repository.schedule_defs
    ]
    sensors = [(f"`{one.name}`", text(one.description or "")) for one in repository.sensor_defs]
    lines += ["", "## Jobs", "", *table(("Job", "What it does"), jobs)]
    lines += ["", "## Schedules", "", *table(("Schedule", "When", "What it does"), schedules)]
    return [*lines, "", "## Sensors", "", *table(("Sensor", "What it does"), sensors)]
