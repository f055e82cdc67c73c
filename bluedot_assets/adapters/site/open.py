"""From the form of BLUEDOT_SITE to the site that it names. What a site must do is in `port`."""

import shutil
from pathlib import Path

from bluedot_assets.adapters.git.address import GitOptions, git_address
from bluedot_assets.adapters.site.folder import FolderSite
from bluedot_assets.adapters.site.port import Site
from bluedot_assets.adapters.storage.store.port import Store
from bluedot_assets.kernel.errors import SettingsError
from bluedot_assets.kernel.site.addresses import bucket_address, is_address, is_bucket


def open_site(setting: str, value: str, store: Store, options: GitOptions) -> Site:
    """The site that a setting names. Raises SettingsError for an address of no known kind."""
    if not is_address(value):
        return FolderSite(Path(value).expanduser().absolute(), store)
    if is_bucket(value):
        from bluedot_assets.adapters.site.bucket.headers import site_objects  # noqa: PLC0415  fsspec's asyncio costs a start
        from bluedot_assets.adapters.site.bucket.site import BucketSite  # noqa: PLC0415

        return BucketSite(site_objects(setting, bucket_address(value)), store, options.sleep)
    if shutil.which("git") is None:
        raise SettingsError(f"{setting} is a repository, and git is not on this machine: install git 2.30 or newer.")
    from bluedot_assets.adapters.git.branch import GitRemote  # noqa: PLC0415  git costs a start 0.2 s
    from bluedot_assets.adapters.site.git_branch import GitSite  # noqa: PLC0415

    return GitSite(GitRemote(git_address(setting, value, options.token)), store, options)
