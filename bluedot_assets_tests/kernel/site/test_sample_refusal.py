"""Sample data go to a folder or to this machine, and nowhere else."""

import pytest

from bluedot_assets.kernel.errors import PublishRefused
from bluedot_assets.kernel.site.addresses import refuse_sample

PUBLIC = [
    "https://github.com/user/site.git",
    "HTTPS://GITHUB.COM/user/site.git",
    "https://localhost.example.com/site.git",
    "https://localhost@example.com/site.git",
    "https://127.0.0.1.example.com/site.git",
    "http://192.168.0.7/site.git",
    "http://example.com:8080/site.git",
    "ssh://git@github.com/user/site.git",
    "ssh://git@github.com:22/user/site.git",
    "git://example.com/site.git",
    "git@github.com:user/site.git",
    "github.com:user/site.git",
    "gs://bucket/site",
    "s3://bucket/site",
    "ext::ssh example.com %S site",
    "//example.com/site",
]
HERE = [
    "data/site",
    "./data/site",
    "../site",
    "/srv/site",
    "/srv/with:colon/site",
    "data/with:colon",
    "C:\\data\\site",
    "D:/data/site",
    "file:///srv/site.git",
    "file:/srv/site.git",
    "http://localhost:8000/site.git",
    "http://LOCALHOST/site.git",
    "http://127.0.0.1:8000/site.git",
    "http://user:word@127.0.0.1/site.git",
    "http://[::1]:8000/site.git",
    "ssh://git@localhost/site.git",
]


@pytest.mark.parametrize("site", PUBLIC)
def test_sample_data_are_refused_at_a_public_address(site: str) -> None:
    with pytest.raises(PublishRefused, match="sample data made by `bluedot sample`, and BLUEDOT_SITE is a public"):
        refuse_sample(True, site)


@pytest.mark.parametrize("site", HERE)
def test_sample_data_may_go_to_a_folder_or_this_machine(site: str) -> None:
    refuse_sample(True, site)


@pytest.mark.parametrize("site", [*PUBLIC, *HERE])
def test_real_data_may_go_anywhere(site: str) -> None:
    refuse_sample(False, site)
