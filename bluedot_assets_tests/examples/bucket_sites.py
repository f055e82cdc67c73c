"""Bucket sites for tests, on an S3 server. Module-level, so that another process can open the same."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from botocore.session import get_session  # type: ignore[import-untyped]
from s3fs import S3FileSystem  # type: ignore[import-untyped]

from bluedot_assets.adapters.site.bucket.headers import site_objects
from bluedot_assets.adapters.site.bucket.record import OWN
from bluedot_assets.adapters.site.bucket.site import BucketSite
from bluedot_assets.adapters.storage.store.local import LocalStore
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.site.publication import INDEX
from bluedot_assets_tests.contracts.publications import OpenSite
from bluedot_assets_tests.servers.s3 import BUCKET, S3Server, s3_server


class PublicBucket:
    """The bucket as a web server shows it: one object at a time. Who reads a folder by its index.json waits while there
    is none: its files are changing."""

    def __init__(self, server: S3Server, folder: str) -> None:
        self._base = f"{server.environment['AWS_ENDPOINT_URL']}/{BUCKET}/{folder}"
        self._objects = site_objects("BLUEDOT_SITE", f"s3://{BUCKET}/{folder}")

    def get(self, path: str) -> bytes | None:
        until = time.monotonic() + 30
        while (content := self.get_now(path)) is None and path.endswith(f"latest/{INDEX}") and time.monotonic() < until:
            time.sleep(0.01)
        return content

    def get_now(self, path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"{self._base}/{path}", timeout=30) as answer:  # noqa: S310  a server of ours
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                assert error.code in {403, 404}, error.code
            return None

    def headers(self, path: str) -> dict[str, str]:
        with urllib.request.urlopen(f"{self._base}/{path}", timeout=30) as answer:  # noqa: S310  a server of ours
            return dict(answer.headers)

    def paths(self) -> set[str]:
        return {path for path in self._objects.sizes() if not path.startswith(f"{OWN}/")}

    def own_paths(self) -> set[str]:
        """What the publisher keeps for itself."""
        return set(self._objects.sizes(OWN))

    def contents(self) -> dict[str, bytes]:
        """Every published file at this moment, as far as it is there."""
        found = {path: self.get_now(path) for path in self.paths()}
        return {path: content for path, content in found.items() if content is not None}


def make_public() -> None:
    """Everybody may read the objects of the bucket, as people set it for a site."""
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    get_session().create_client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server:
        before = dict(os.environ)
        os.environ |= server.environment
        S3FileSystem.clear_instance_cache()  # its clients keep the address of another test's server
        make_public()
        yield server
        for name in server.environment:
            os.environ.pop(name)
        os.environ |= before


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return f"sites/{tmp_path.name}"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "data")


def open_bucket(url: str, store: Store, dead_after_s: float = 60) -> BucketSite:
    return BucketSite(site_objects("BLUEDOT_SITE", url), store, dead_after_s=dead_after_s)


@pytest.fixture
def url(server: S3Server, folder: str) -> str:
    return f"s3://{BUCKET}/{folder}"


@pytest.fixture
def open_site(url: str, store: LocalStore) -> OpenSite:
    return partial(open_bucket, url, store)


@pytest.fixture
def public(server: S3Server, folder: str) -> PublicBucket:
    return PublicBucket(server, folder)
