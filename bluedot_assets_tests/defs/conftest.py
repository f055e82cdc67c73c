"""Local webhooks for the tests that tell people."""

from collections.abc import Iterator

import pytest

from bluedot_assets_tests.webhooks import Webhooks, serving


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webhooks]:
    with serving(tmp_path_factory.mktemp("webhooks")) as webhooks:
        yield webhooks


@pytest.fixture
def webhooks(services: Webhooks, monkeypatch: pytest.MonkeyPatch) -> Webhooks:
    """Slack, Discord and json://, silent so far."""
    services.answers.clear()
    services.received.clear()
    for name, value in services.environment.items():
        monkeypatch.setenv(name, value)
    return services
