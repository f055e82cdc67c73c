"""BLUEDOT_SEEDS as people write it, and what it says of a mistake."""

import pytest

from bluedot_assets.adapters.seeds.addresses import seed_addresses
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.settings.load import load_settings
from bluedot_assets_tests.examples.trees import make_settings

DAILY = "daily=https://github.com/u/seed_u_daily.git"


def test_a_timeframe_may_have_several_repositories_and_their_order_is_kept() -> None:
    found = seed_addresses(
        [DAILY, "weekly=git@github.com:u/seed_u_weekly.git", "daily=file:///srv/seed_u_more"], "seed_u"
    )
    assert [(one.timeframe, one.address.name) for one in found] == [
        ("daily", "seed_u_daily"),
        ("weekly", "seed_u_weekly"),
        ("daily", "seed_u_more"),
    ]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["https://github.com/u/seed_u_daily.git"], "without timeframe or address: write it like daily="),
        (["monthly=https://github.com/u/seed_u_daily.git"], "without timeframe or address"),
        (["daily="], "without timeframe or address"),
        (["daily=http://github.com/u/seed_u_daily.git"], "use https://, for http hides nothing"),
        (["daily=https://me:secret@github.com/u/seed_u_daily.git"], "put the token in GITHUB_TOKEN"),
        (["daily=seed_u_daily"], "is no address of a repository"),
        (["daily=https://github.com/u/x%20y.git"], "no usable name"),
        (["daily=https://github.com/u/bluedot_daily.git"], r"bluedot_daily, whose name does not start with seed_u_"),
        (["daily=https://github.com/u/seed_u_.git"], "does not start with seed_u_"),
        (["daily=https://github.com/u/seed_user_x.git"], "does not start with seed_u_"),
        ([DAILY, "weekly=https://github.com/u/seed_u_daily"], "names seed_u_daily 2 times"),
    ],
)
def test_a_wrong_entry_is_a_sentence_with_its_remedy(values: list[str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as wrong:
        seed_addresses(values, "seed_u")
    assert str(wrong.value).startswith("BLUEDOT_SEEDS ")
    assert "secret" not in str(wrong.value)


def test_without_a_namespace_any_name_will_do() -> None:
    assert seed_addresses(["daily=https://github.com/u/other.git"], None)[0].address.name == "other"


def test_the_namespace_is_the_part_that_all_names_share_with_or_without_its_first_word() -> None:
    for value in ("seed_u", "u"):
        settings = make_settings(TRADINGVIEW_NAMESPACE=value, BLUEDOT_SEEDS=DAILY)
        assert settings.tradingview_namespace == "seed_u"
        assert settings.seeds == (DAILY,)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BLUEDOT_SEEDS", f"{DAILY},daily=https://me:secret@github.com/x/y.git", "holds a user or a password"),
        ("BLUEDOT_SEEDS", "daily=https://github.com/u/seed_v_daily.git", "whose name does not start with seed_u_"),
        ("TRADINGVIEW_NAMESPACE", "seed_u_daily", "write it like seed_<user>"),
        ("BLUEDOT_SEED_LAYOUT", "wide", "'series' or 'packed'"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_but_no_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv("TRADINGVIEW_NAMESPACE", "u")
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name} is .*{said}") as wrong:
        load_settings()
    assert "secret" not in str(wrong.value)
