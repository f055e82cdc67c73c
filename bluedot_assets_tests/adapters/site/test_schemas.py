"""The site's JSON files keep to the schemas that are published beside them, whatever was published; and the schemas say
what each field is."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from bluedot_assets.adapters.site.schemas import FILES, schema_files
from bluedot_assets.kernel.site.accepted_incomplete import TAG
from bluedot_assets.kernel.site.rollback_plan import plan_rollback
from bluedot_assets.kernel.site.status import Status
from bluedot_assets_tests.examples.trees import DAY, DAYS, WEEK, Installation, stock_files

SCHEMAS: dict[str, Any] = {path.rpartition("/")[2]: json.loads(content) for path, content in schema_files().items()}
VALIDATORS = {
    name: Draft202012Validator(SCHEMAS[f"{name.removesuffix('.json')}.schema.json"], format_checker=FormatChecker())
    for name in FILES
}


def problems(name: str, content: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATORS[name].iter_errors(content)]


def assert_all_keep_to_their_schemas(site: Path) -> set[str]:
    """Every JSON file of the site but the documentation's and the pipeline's own; the names that there are."""
    found = [path for path in site.rglob("*.json") if path.name in FILES]
    wrong = {str(path.relative_to(site)): problems(path.name, json.loads(path.read_bytes())) for path in found}
    assert {path: said for path, said in wrong.items() if said} == {}
    others = {path.relative_to(site).parts[0] for path in site.rglob("*.json") if path.name not in FILES}
    assert others <= {"docs", "schemas", "notices.json"}
    return {path.name for path in found}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_and_says_what_every_field_is(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:bluedot_assets:{name.replace('.schema', '')}:1"
    for definition in schema["$defs"].values():
        assert definition["description"]
        fields = [*definition.get("properties", {}).values(), *definition.get("prefixItems", ())]
        assert [one for one in fields if not one.get("description")] == []


def test_a_publish_puts_them_beside_the_files(published: Installation) -> None:
    for path, content in schema_files().items():
        assert (published.site / path).read_bytes() == content


def test_published_files_keep_to_them(published: Installation) -> None:
    assert assert_all_keep_to_their_schemas(published.site) == set(FILES) - {"rollback.json"}


def test_files_of_incomplete_failed_and_rolled_back_partitions_keep_to_them(running: Installation) -> None:
    stock_files(running.source / "daily" / DAYS[1])[0].write_text("{")
    assert running.run("daily", DAYS[1], tags={TAG: "the vendor's server was down"}).success
    stock_files(running.source / "daily" / DAYS[0])[0].write_text("{")
    assert not running.run("daily", DAYS[0]).success
    at = running.clock()
    site = running.platform.site
    site.publish(lambda now: plan_rollback("daily", DAYS[1], at, "wrong prices", now))
    assert assert_all_keep_to_their_schemas(running.site) == set(FILES)
    state = running.status()["timeframes"]["daily"]
    assert (state["as_of"], list(state["failures"])) == (DAYS[1], [DAYS[0]])
    assert state["folders"][DAYS[1]]["accepted"]["reason"]


def test_an_empty_site_keeps_to_them() -> None:
    assert problems("status.json", json.loads(Status().encoded())) == []


@pytest.fixture
def wrong(published: Installation) -> list[tuple[str, Any, str]]:
    """Files that a later version must not write, each with what is wrong in it."""

    def content(path: str) -> Any:
        return json.loads((published.site / path).read_bytes())

    status = content("status.json")
    status["timeframes"]["daily"]["due_at"] = "tomorrow"
    index = content(f"weekly/{WEEK}/index.json")
    del index["stocks"][0]["md5"]
    dashboard = content(f"daily/{DAY}/dashboard.json")
    dashboard["stocks"][0][4] = "12.5"
    return [
        ("status.json", status, "'tomorrow' is not valid under any of"),
        ("index.json", index, "'md5' is a required property"),
        ("dashboard.json", dashboard, "'12.5' is not of type 'number'"),
    ]


def test_they_refuse_what_readers_could_not_use_and_take_what_they_do_not_know(
    wrong: list[tuple[str, Any, str]], published: Installation
) -> None:
    for name, content, said in wrong:
        assert [said in one for one in problems(name, content)] == [True], name
    later = copy.deepcopy(published.status())
    later["new"] = later["timeframes"]["daily"]["new"] = [1]
    assert problems("status.json", later) == []
