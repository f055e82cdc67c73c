"""What a plan makes of a bucket site: its next content, what has to be uploaded for it, and the steps of the switch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bluedot_assets.adapters.site.bucket.record import (
    Content,
    Entry,
    Standing,
    Steps,
    Tree,
    encode_tree,
    entry_of,
    rank,
)
from bluedot_assets.kernel.site.publication import INDEX, STATUS, Plan
from bluedot_assets.kernel.stored.manifest import StoredObject

Source = StoredObject | bytes


@dataclass
class Change:
    """From what stands to what a plan wants; carries out nothing."""

    before: Standing
    content: Content = field(init=False)  # as it will be
    trees: dict[str, bytes] = field(default_factory=dict)  # new ones by id
    sources: dict[str, Source] = field(default_factory=dict)  # by path of the site, what has to be uploaded
    copies: dict[str, str] = field(default_factory=dict)  # by path, the path of the site whose bytes it gets
    _written: dict[str, Entry] = field(default_factory=dict)  # all of `sources` and `copies`
    _old: dict[str, Entry] = field(default_factory=dict)  # what stood where anything changes
    _new: dict[str, Tree] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.content = Content(dict(self.before.content.folders), dict(self.before.content.files))

    def carry_out(self, plan: Plan) -> None:
        """In the order that a plan promises."""
        for folder, (objects, texts) in plan.folders.items():
            sources: dict[str, Source] = {**objects, **texts}
            self._replace(folder, {name: _entry(source) for name, source in sources.items()})
            self.sources |= {f"{folder}/{name}": source for name, source in sources.items()}
        for path, stored in plan.sources.items():
            self._put(path, stored)
        for target, folder in plan.copies.items():
            tree = self._after.below(folder)
            self._replace(target, tree)
            self.copies |= {f"{target}/{name}": f"{folder}/{name}" for name in tree}
        for path in plan.drops:
            self._remove(path)
        for path, content in plan.files.items():
            self._put(path, content)

    def steps(self, work: str, sizes: Callable[[str], Mapping[str, int]]) -> tuple[Steps, dict[str, Source]]:
        """The steps, and what has to be uploaded by the path that it goes to, some of it to the folder `work`. `sizes`
        are of a folder's objects as they are there: what a person has removed is written again."""
        replaced = [folder for folder in self.content.folders if folder in self.before.content.folders]
        touched = [folder for folder in replaced if any(path.startswith(f"{folder}/") for path in self._written)]
        there = {path: size for folder in touched for path, size in sizes(folder).items()}
        todo = {
            path
            for path, entry in self._written.items()
            if not (self._old.get(path) == entry and there.get(path) == entry.bytes)
        }
        # What readers know keeps its bytes until everything is in the bucket.
        places = {
            path: f"{work}/{path}" if path in self._old or path == STATUS else path
            for path in self.sources
            if path in todo
        }
        moves = [(place, path) for path, place in places.items() if place != path]
        moves += [(places.get(source, source), path) for path, source in self.copies.items() if path in todo]
        deletes = self._old.keys() - self._written.keys()
        moved = {path for _, path in moves}
        indexes = {f"{folder}/{INDEX}" for folder in touched}
        steps = Steps(
            uploads=[place for path, place in places.items() if place == path],
            opened=sorted(indexes & moved & self._old.keys()),
            moves=sorted(moves, key=lambda move: rank(move[1])),
            deletes=sorted(deletes, key=rank, reverse=True),
        )
        return steps, {place: self.sources[path] for path, place in places.items()}

    @property
    def _after(self) -> Standing:
        new, before = self._new, self.before
        return Standing(self.content, lambda tree_id: new[tree_id] if tree_id in new else before.tree_of(tree_id))

    def _replace(self, folder: str, tree: Tree) -> None:
        self._remove(folder)
        tree_id, encoded = encode_tree(tree)
        self.content.folders[folder] = tree_id
        self.trees[tree_id], self._new[tree_id] = encoded, tree
        self._written |= {f"{folder}/{name}": entry for name, entry in tree.items()}

    def _put(self, path: str, source: Source) -> None:
        if (old := self.before.entry(path)) is not None:
            self._old[path] = old
        self.sources[path] = source
        self._written[path] = self.content.files[path] = _entry(source)

    def _remove(self, path: str) -> None:
        """A file, or a folder with all that is below it."""
        for folder in [one for one in self.before.content.folders if _is_below(one, path)]:
            self._old |= {f"{folder}/{name}": entry for name, entry in self.before.below(folder).items()}
        self._old |= {one: entry for one, entry in self.before.content.files.items() if _is_below(one, path)}
        for named in (self.content.folders, self.content.files, self.sources, self.copies, self._written):
            for one in [one for one in named if _is_below(one, path)]:
                del named[one]


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _entry(source: Source) -> Entry:
    return entry_of(source) if isinstance(source, bytes) else Entry(source.sha256, source.bytes)
