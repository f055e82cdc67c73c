"""The process log of failed runs: one line for each, however many of its steps failed."""

import dagster as dg
import pytest

from bluedot_assets_tests.examples.trees import DAY, Installation

FAILED = f" daily {DAY} failed "


def lines(installation: Installation) -> list[str]:
    return (installation.source / "triggers/process_log.txt").read_text().splitlines()


@pytest.fixture
def no_series(monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps of the series and of the watchlists fail from now on."""

    def lost(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("bluedot_assets.pipeline.stages.series.make_series", lost)
    monkeypatch.setattr("bluedot_assets.pipeline.stages.watchlists.dashboard_of", lost)


def failed_steps(result: dg.ExecuteInProcessResult) -> int:
    return sum(event.event_type == dg.DagsterEventType.STEP_FAILURE for event in result.all_events)


def test_a_run_with_several_failed_steps_has_one_line(installation: Installation, no_series: None) -> None:
    result = installation.run()
    assert failed_steps(result) == 2
    (line,) = lines(installation)
    assert FAILED in line
    assert result.run_id in line


def test_it_is_one_line_too_where_the_site_cannot_be_told(installation: Installation, no_series: None) -> None:
    installation.site.write_text("a file of somebody else")
    assert failed_steps(installation.run()) == 2
    assert [FAILED in line for line in lines(installation)] == [True]


def test_every_failed_run_has_a_line_of_its_own_also_one_that_repeats_another(
    installation: Installation, no_series: None
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        first = installation.run(instance=instance)
        run = instance.get_run_by_id(first.run_id)
        assert run is not None
        inherited = {name: value for name, value in run.tags.items() if name.startswith("bluedot/")}
        assert inherited
        installation.run(tags=inherited, instance=instance)
    assert len(lines(installation)) == 2


def test_a_run_of_a_partition_that_the_source_never_had_has_none(installation: Installation) -> None:
    assert not installation.run("daily", "2024-07-30").success
    assert lines(installation) == []
