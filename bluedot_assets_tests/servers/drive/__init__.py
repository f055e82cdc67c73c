"""A Google Drive on loopback: what the real google-api-python-client talks to in the tests.

Drive v3 over http, strict where Google is strict, and able to misbehave on request. Standard library only.
Here: the names that tests use. Not here: anything of bluedot_assets, which this package must never import.
"""

from bluedot_assets_tests.servers.drive.access import ANYONE
from bluedot_assets_tests.servers.drive.faults import FAULT_KINDS, Fault, Faults
from bluedot_assets_tests.servers.drive.node import DOCUMENT, FOLDER, SHORTCUT
from bluedot_assets_tests.servers.drive.request_log import Logged
from bluedot_assets_tests.servers.drive.server import OWNER, SERVICE_ACCOUNT, DriveServer

__all__ = [
    "ANYONE",
    "DOCUMENT",
    "FAULT_KINDS",
    "FOLDER",
    "OWNER",
    "SERVICE_ACCOUNT",
    "SHORTCUT",
    "DriveServer",
    "Fault",
    "Faults",
    "Logged",
]
