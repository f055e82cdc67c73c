"""The attacks, a module for each kind of what goes wrong; importing this declares all, in the order of the page."""

from bluedot_assets_tests.torture.attack import ATTACKS
from bluedot_assets_tests.torture.attacks import drive, git, kills, webhooks

__all__ = ["ATTACKS", "drive", "git", "kills", "webhooks"]
