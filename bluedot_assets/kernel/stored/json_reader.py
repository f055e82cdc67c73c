"""The one reader of JSON that we wrote ourselves, on the site, in the store or for the next process: it may be damaged
all the same. What a file means, and what to do about a damaged one, is where its type is declared; the vendor's files
are read in `source/vendor_file`."""

from typing import TypeVar

import msgspec

_Kind = TypeVar("_Kind")


def decode_json(content: bytes | str, kind: type[_Kind]) -> _Kind:
    """The value of that type. Raises msgspec.DecodeError for whatever is none: text that is not UTF-8 and nesting
    without end too, for which msgspec has errors of another kind."""
    try:
        return msgspec.json.decode(content, type=kind)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"a text in it is not UTF-8: {error.reason}") from None
    except RecursionError:
        raise msgspec.DecodeError("it is nested too deeply") from None
