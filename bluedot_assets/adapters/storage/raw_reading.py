"""A partition's files with their bytes, a batch at a time in the order of published names.

Which bytes need not be fetched again is in `raw_cache`, the object that they become in `raw_object`."""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from bluedot_assets.adapters.source.port import FileUnreadable, SourceFolder
from bluedot_assets.adapters.storage.raw_cache import RawCache
from bluedot_assets.adapters.workers.progress import Progress
from bluedot_assets.kernel.errors import SourceUnreadable
from bluedot_assets.kernel.source.raw_file import MAX_FILE_BYTES, RawFile, SourceFile


def read_batches(
    source: SourceFolder, files: Sequence[SourceFile], cache: RawCache, batch_size: int, progress: Progress
) -> Iterator[list[RawFile]]:
    """Every file once, with its bytes or the problem that stands for them. Where the listing gives md5s, what is
    cached is not read again, and what is read is kept until the raw object is whole."""
    batches = (files[at : at + batch_size] for at in range(0, len(files), batch_size))
    if any(file.md5 for file in files):
        fetched = _fetch_into(cache, source, files, progress)
        for batch in batches:
            known = [fetched.get(file.origin_id) or RawFile(**msgspec.structs.asdict(file)) for file in batch]
            contents = cache.take(file.md5 for file in known if file.md5 and file.problem is None)
            yield [_with_bytes(file, contents) for file in known]
        return
    for batch in batches:
        read = dict(source.read([file for file in batch if file.size <= MAX_FILE_BYTES]))
        yield [raw_file(source, file, read.get(file)) for file in batch]
        progress.advance(len(batch))


def _fetch_into(
    cache: RawCache, source: SourceFolder, files: Sequence[SourceFile], progress: Progress
) -> dict[str, RawFile]:
    """Read what is not cached; what is now known of those files, without their bytes, by origin id."""
    over_size = [file for file in files if file.size > MAX_FILE_BYTES]
    missing = [file for file in files if file.md5 not in cache and file not in over_size]
    progress.advance(len(files) - len(missing))
    known = {file.origin_id: raw_file(source, file, None) for file in over_size}
    fetched = (raw_file(source, file, read) for file, read in source.read(missing))
    for file in cache.keep(fetched):
        progress.advance(1)
        known[file.origin_id] = msgspec.structs.replace(file, content=None)
    return known


def raw_file(source: SourceFolder, file: SourceFile, read: bytes | FileUnreadable | None) -> RawFile:
    """The file with what reading it gave: its bytes, why there are none, or None where it is too large to be read."""
    listed = msgspec.structs.asdict(file)
    if read is None:
        problem = f"larger than {MAX_FILE_BYTES >> 20} MB ({file.size} bytes): its bytes were not stored"
        return RawFile(**listed | {"md5": file.md5 or source.md5(file)}, problem=problem)
    if isinstance(read, FileUnreadable):
        return RawFile(**listed, problem=str(read))
    md5 = hashlib.md5(read, usedforsecurity=False).hexdigest()
    if file.md5 not in {None, md5}:
        return RawFile(**listed, problem="other bytes arrived than the source lists")
    return RawFile(**listed | {"md5": md5}, content=read)


def _with_bytes(file: RawFile, contents: dict[str, bytes]) -> RawFile:
    if file.problem is not None:
        return file
    if file.md5 not in contents:
        # Not a fault of this file, so no rejection: another run of the partition has taken its parts away.
        raise SourceUnreadable(f"{file.name} was read and is not cached any more: run the partition again.")
    return msgspec.structs.replace(file, content=contents[file.md5])
