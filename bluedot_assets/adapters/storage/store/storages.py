"""What differs from one kind of storage to the next, by the scheme of its address: how it is installed, given
credentials and asked, and which errors of its own library mean what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Storage:
    """`refusals` and `failures` are named with their modules: what means that a person has to do something, besides
    PermissionError, and what may pass by itself, besides OSError."""

    package: str
    remedy: str
    refusals: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    bucket: bool = True  # without folders, of which one has to be made
    silent: bool = False  # lists nothing where there is no bucket
    at_once: Mapping[str, int] = field(default_factory=dict)  # by which an object is read without asking for its size


_S3: Final = Storage(
    "`pip install bluedot-assets[s3]`",
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for another store than Amazon's",
    tuple(
        f"botocore.exceptions.{name}"
        for name in ("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "ParamValidationError")
    ),
    ("botocore.exceptions.BotoCoreError", "botocore.exceptions.ClientError", "aiohttp.ClientError"),
    at_once={"max_concurrency": 1},
)
_GOOGLE: Final = Storage(
    "`pip install bluedot-assets[gcs]`",
    "GOOGLE_APPLICATION_CREDENTIALS, as gcsfs reads it",
    ("google.auth.exceptions.DefaultCredentialsError",),
    ("aiohttp.ClientError", "gcsfs.retry.HttpError", "google.auth.exceptions.GoogleAuthError"),
)
_AZURE: Final = Storage(
    "`pip install bluedot-assets[azure]`",
    "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, as adlfs reads them",
    # Of a container that is not there adlfs has no error of its own when it writes.
    ("azure.core.exceptions.ClientAuthenticationError", "azure.core.exceptions.ResourceNotFoundError"),
    ("azure.core.exceptions.AzureError",),
    silent=True,
)
FILES: Final = Storage("the fsspec package of that storage", "what that storage's package reads", bucket=False)
_SFTP: Final = Storage(
    FILES.package, FILES.remedy, ("paramiko.AuthenticationException",), ("paramiko.SSHException",), bucket=False
)
STORAGES: Final = {
    **dict.fromkeys(("s3", "s3a"), _S3),
    **dict.fromkeys(("gs", "gcs"), _GOOGLE),
    **dict.fromkeys(("az", "abfs", "abfss"), _AZURE),
    **dict.fromkeys(("sftp", "ssh"), _SFTP),
}
