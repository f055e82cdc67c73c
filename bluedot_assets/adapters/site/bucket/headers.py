"""The headers of each object of a bucket site, by which browsers show and keep it, as each library wants them."""

from typing import Any, Final

from bluedot_assets.adapters.storage.store.objects import Objects
from bluedot_assets.kernel.errors import RepositoryUnreachable

_CACHE: Final = "no-cache"  # keep it, and ask whether it is still so: any file may change with the next publish
_TEXT: Final = "; charset=utf-8"
# By how a name ends; of our own, for what a machine knows of types is its own.
_TYPES: Final = {
    "html": f"text/html{_TEXT}",
    "css": f"text/css{_TEXT}",
    "js": f"text/javascript{_TEXT}",
    "mjs": f"text/javascript{_TEXT}",
    "csv": f"text/csv{_TEXT}",
    "txt": f"text/plain{_TEXT}",
    "md": f"text/plain{_TEXT}",
    "pine": f"text/plain{_TEXT}",
    "xml": f"application/xml{_TEXT}",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "gz": "application/gzip",
    "parquet": "application/vnd.apache.parquet",
}


def site_objects(setting: str, url: str) -> Objects:
    """The objects of a bucket site at an address that `setting` has."""
    return Objects(setting, url, RepositoryUnreachable, _headers)


def _headers(scheme: str, path: str) -> dict[str, Any]:
    kind = _TYPES.get(path.rpartition(".")[2], "application/octet-stream")
    if scheme == "s3":
        return {"ContentType": kind, "CacheControl": _CACHE}
    if scheme == "gs":
        return {"content_type": kind, "fixed_key_metadata": {"cache_control": _CACHE}}
    return {"content_settings": {"content_type": kind, "cache_control": _CACHE}}
