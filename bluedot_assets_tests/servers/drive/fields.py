"""The `fields` parameter: a partial response's mask, read strictly against the resource's schema.

Grammar: names with commas between, `a/b`, `a(b,c)`, `*`. A name that the resource lacks is a 400.
Source: "Return specific fields" of the Drive API guide; the names are those of the discovery document.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any

from bluedot_assets_tests.servers.drive.errors import invalid_parameter

Schema = dict[str, "Schema"]
Mask = dict[str, "Mask"]  # an empty mask means all of it

EVERYTHING: Mask = {}
_TOKEN = re.compile(r"\s*([A-Za-z0-9_\-.*]+|[(),/])\s*")


def _leaves(names: str) -> Schema:
    return {name: {} for name in names.split()}


_ANY: Schema = {"*": {}}
_USER = _leaves("kind displayName photoLink me permissionId emailAddress")
FILE: Schema = _leaves(
    "kind id name mimeType description starred trashed explicitlyTrashed trashedTime parents spaces version "
    "webContentLink webViewLink iconLink hasThumbnail thumbnailLink thumbnailVersion viewedByMe viewedByMeTime "
    "createdTime modifiedTime modifiedByMeTime modifiedByMe sharedWithMeTime teamDriveId driveId "
    "hasAugmentedPermissions shared ownedByMe writersCanShare viewersCanCopyContent copyRequiresWriterPermission "
    "permissionIds folderColorRgb originalFilename fullFileExtension fileExtension md5Checksum sha1Checksum "
    "sha256Checksum size quotaBytesUsed headRevisionId isAppAuthorized resourceKey inheritedPermissionsDisabled"
) | {
    "owners": _USER,
    "lastModifyingUser": _USER,
    "sharingUser": _USER,
    "trashingUser": _USER,
    "shortcutDetails": _leaves("targetId targetMimeType targetResourceKey"),
    "permissions": _ANY,
    "capabilities": _ANY,
    "properties": _ANY,
    "appProperties": _ANY,
    "contentHints": _ANY,
    "contentRestrictions": _ANY,
    "imageMediaMetadata": _ANY,
    "videoMediaMetadata": _ANY,
    "exportLinks": _ANY,
    "linkShareMetadata": _ANY,
    "labelInfo": _ANY,
    "downloadRestrictions": _ANY,
    "clientEncryptionDetails": _ANY,
}
FILE_LIST: Schema = _leaves("kind incompleteSearch nextPageToken") | {"files": FILE}
REVISION: Schema = _leaves(
    "kind id mimeType modifiedTime keepForever published publishedLink publishAuto publishedOutsideDomain "
    "originalFilename md5Checksum size"
) | {"lastModifyingUser": _USER, "exportLinks": _ANY}
REVISION_LIST: Schema = _leaves("kind nextPageToken") | {"revisions": REVISION}

_SCHEMAS = {"file": FILE, "fileList": FILE_LIST, "revision": REVISION, "revisionList": REVISION_LIST}
# What Drive answers when no fields are asked for.
_DEFAULT_FILE = "kind,id,name,mimeType,teamDriveId,driveId"
_DEFAULTS = {
    "file": _DEFAULT_FILE,
    "fileList": f"kind,incompleteSearch,nextPageToken,files({_DEFAULT_FILE})",
    "revision": "kind,id,mimeType,modifiedTime",
    "revisionList": "kind,nextPageToken,revisions(kind,id,mimeType,modifiedTime)",
}


@functools.lru_cache(maxsize=512)
def parse_fields(fields: str | None, resource: str) -> Mask:
    """The mask for `resource` (file, fileList, revision, revisionList); its default when none is given.

    Raises DriveError: 400 invalidParameter, location fields.
    """
    text = _DEFAULTS[resource] if fields is None else fields
    tokens, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _invalid(text)
        tokens.append(token[1])
        at = token.end()
    mask, rest = _parse_list(tokens, 0, _SCHEMAS[resource], text)
    if rest != len(tokens):
        raise _invalid(text)
    return mask


def prune(values: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """`values` with only what the mask names."""
    if not mask or "*" in mask:
        return dict(values)
    return {name: _prune_value(values[name], inner) for name, inner in mask.items() if name in values}


def _prune_value(value: Any, mask: Mask) -> Any:
    if not mask:
        return value
    if isinstance(value, list):
        return [_prune_value(one, mask) for one in value]
    return prune(value, mask) if isinstance(value, Mapping) else value


def _invalid(selection: str) -> Exception:
    return invalid_parameter("fields", f"Invalid field selection {selection}")


def _parse_list(tokens: list[str], at: int, schema: Schema, text: str) -> tuple[Mask, int]:
    mask: Mask = {}
    while True:
        at = _parse_path(tokens, at, schema, mask, text)
        if at >= len(tokens) or tokens[at] != ",":
            return mask, at
        at += 1


def _parse_path(tokens: list[str], at: int, schema: Schema, mask: Mask, text: str) -> int:
    """One `a`, `a/b/c`, or `a/b(c,d)` into `mask`; the place of the next token."""
    if at >= len(tokens) or tokens[at] in "(),/":
        raise _invalid(text)
    name = tokens[at]
    inner = schema if name == "*" else schema.get(name, {} if "*" in schema else None)
    if inner is None:
        raise _invalid(name)
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if following not in {"/", "("}:
        mask[name] = EVERYTHING
        return at + 1
    if not inner:
        raise _invalid(name)
    below: Mask = {}
    if following == "/":
        end = _parse_path(tokens, at + 2, inner, below, text)
    else:
        below, end = _parse_list(tokens, at + 2, inner, text)
        if end >= len(tokens) or tokens[end] != ")":
            raise _invalid(text)
        end += 1
    mask[name] = below if name not in mask else EVERYTHING if not mask[name] else mask[name] | below
    return end
