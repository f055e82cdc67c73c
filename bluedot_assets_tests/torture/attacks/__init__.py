"""The attacks, a module for each kind of what goes wrong; importing this declares all of them."""

from bluedot_assets_tests.torture.attack import ATTACKS
from bluedot_assets_tests.torture.attacks import (
    daemons,
    drive,
    git,
    homes,
    inputs,
    killed_commands,
    kills,
    machine,
    names,
    pages,
    races,
    secrets,
    surroundings,
    webhooks,
)

__all__ = [
    "ATTACKS",
    "daemons",
    "drive",
    "git",
    "homes",
    "inputs",
    "killed_commands",
    "kills",
    "machine",
    "names",
    "pages",
    "races",
    "secrets",
    "surroundings",
    "webhooks",
]
