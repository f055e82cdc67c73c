"""What a storage refuses or fails at, as sentences that name the setting and no secret of its address."""

import errno
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import unquote

from bluedot_assets.adapters.storage.store.storages import Storage
from bluedot_assets.kernel.errors import BluedotError, SettingsError
from bluedot_assets.kernel.site.addresses import public_address, without_users


@dataclass(frozen=True)
class Failures:
    """Of the storage at `url`, which `setting` has; `unreachable` is what may pass by itself."""

    setting: str
    url: str
    unreachable: type[BluedotError]
    storage: Storage

    @contextmanager
    def explained(self) -> Iterator[None]:
        """FileNotFoundError and FileExistsError are answers, and a full disk is this machine's. Raises SettingsError
        and `unreachable`."""
        place, storage = f"{self.setting}: {public_address(self.url)}", self.storage
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except TimeoutError:
            raise self.unreachable(
                f"{place} gave no whole answer in time: see whether the store can be reached from here, and run again."
            ) from None
        except _errors(PermissionError, storage.refusals) as error:
            raise SettingsError(
                f"{place} refuses what was asked ({self.in_words(error)}): see whether the credentials "
                f"({storage.remedy}) are right and may list, read, write and delete there."
            ) from None
        except _errors(OSError, storage.failures) as error:
            if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise
            raise self.unreachable(
                f"{place} cannot be reached ({self.in_words(error)}): see whether the store answers from here and its "
                f"address is right ({storage.remedy}), and run again."
            ) from None

    def in_words(self, error: BaseException) -> str:
        """Without what the address has of a user and of options."""
        text, url = str(error), self.url
        user, query = url.partition("://")[2].rpartition("@")[0], url.partition("?")[2]
        for secret in filter(None, (url, unquote(url), user, unquote(user), query, unquote(query))):
            text = text.replace(secret, public_address(url) if secret in (url, unquote(url)) else "...")
        return without_users(" ".join(text.split()).rstrip(".")) or type(error).__name__


def _errors(general: type[Exception], own: Sequence[str]) -> tuple[type[Exception], ...]:
    """With those of the storage's own library, where that is installed."""
    found = [general]
    for module, _, name in (one.rpartition(".") for one in own):
        with suppress(ImportError):
            found.append(getattr(importlib.import_module(module), name))
    return tuple(found)
