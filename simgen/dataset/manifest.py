"""manifest.json: the plan, the whole shards and what was quarantined; replaced atomically.

What was quarantined stands in quarantine.jsonl beside it too, a line a scene, for programs that only want that.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from simgen.dataset.layout import DATASET_FORMAT, FORMAT_VERSION
from simgen.dataset.plan import Plan
from simgen.errors import CorruptShardError, OutputError, UserError

MANIFEST_NAME = "manifest.json"
QUARANTINE_NAME = "quarantine.jsonl"
"""One JSON object a line for every quarantined scene, as in the manifest; absent when there is none."""
PARTIAL_SUFFIX = ".part"
_SOME_SPACE = 64 << 20


def shard_name(shard: int) -> str:
    """File name of shard number `shard`."""
    return f"shard-{shard:05d}.h5"


@dataclass(frozen=True)
class ShardEntry:
    """One whole shard.

    Attributes:
        name: file name in the dataset's folder.
        first_scene, stop_scene: the range of scene indices it answers for.
        scenes: indices of the scenes in it: the range without the quarantined.
        frames: number of frames of each camera.
        bytes: size of the file.
        sha256: digest of the file.
        content_digest: digest of the uncompressed arrays, the same on every machine.
    """

    name: str
    first_scene: int
    stop_scene: int
    scenes: tuple[int, ...]
    frames: dict[str, int]
    bytes: int
    sha256: str
    content_digest: str


@dataclass(frozen=True)
class Quarantined:
    """A scene that could not be simulated, with all that is needed to try it alone.

    Attributes:
        scene: its index.
        seed: the dataset's seed.
        kind: name of the error.
        reason: its message.
        fault: what is wrong in a word ("not_finite", "energy", ...; see `simgen.world.health`); "" for placement.
        tick: physics tick at which it was found; -1 when it belongs to none.
        who: names of the actors concerned.
    """

    scene: int
    seed: int
    kind: str
    reason: str
    fault: str = ""
    tick: int = -1
    who: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """The content of manifest.json. Everything but `run` is a function of the plan and the versions."""

    plan: Plan
    shards: tuple[ShardEntry, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    run: dict[str, Any] = field(default_factory=dict)

    @property
    def scenes(self) -> tuple[int, ...]:
        """Indices of all scenes present, ascending."""
        return tuple(k for shard in self.shards for k in shard.scenes)

    def frames(self, camera: str) -> int:
        """Number of frames of a camera over all shards."""
        return sum(shard.frames.get(camera, 0) for shard in self.shards)

    def with_shard(self, entry: ShardEntry, quarantined: tuple[Quarantined, ...]) -> Manifest:
        """This manifest with a shard added, or replaced by one of the same name."""
        inside = range(entry.first_scene, entry.stop_scene)
        kept = [s for s in self.shards if s.name != entry.name]
        others = [q for q in self.quarantined if q.scene not in inside]
        return replace(
            self,
            shards=tuple(sorted([*kept, entry], key=lambda s: s.first_scene)),
            quarantined=tuple(sorted([*others, *quarantined], key=lambda q: q.scene)),
        )

    def to_json(self) -> str:
        """The file's text."""
        data = {
            "format": DATASET_FORMAT,
            "format_version": FORMAT_VERSION,
            "plan": {**self.plan.to_dict(), "digest": self.plan.digest},
            "shards": [asdict(s) for s in self.shards],
            "quarantined": [asdict(q) for q in self.quarantined],
            "run": self.run,
        }
        return json.dumps(data, indent=2, allow_nan=False) + "\n"

    def quarantine_lines(self) -> str:
        """The text of quarantine.jsonl: scenes in ascending order; "" when none is quarantined."""
        return "".join(json.dumps(asdict(q), allow_nan=False) + "\n" for q in self.quarantined)

    def save(self, folder: Path) -> None:
        """Replace the manifest and the list of quarantined scenes in `folder`.

        Whoever reads either sees the old or the new one, never half. The manifest comes first: a run that dies
        between the two leaves a list that the next run writes anew from it.

        Raises:
            OutputError: the folder cannot be written or the disk is full.
        """
        _replace(folder / MANIFEST_NAME, self.to_json())
        _replace(folder / QUARANTINE_NAME, self.quarantine_lines())


def _replace(path: Path, text: str) -> None:
    """Put a text in place of a file's, atomically and durably; an empty text removes it."""
    temporary = path.with_name(path.name + PARTIAL_SUFFIX)
    try:
        if text:
            with temporary.open("w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        elif path.exists():
            path.unlink()
        else:
            return
        sync_folder(path.parent)
    except OSError as error:
        raise output_error(path, error) from error


def load_manifest(folder: Path) -> Manifest:
    """The manifest of the dataset in `folder`.

    Raises:
        UserError: there is no dataset, or its format is newer than this release reads.
        CorruptShardError: the manifest is not what simgen writes.
    """
    path = folder / MANIFEST_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"no dataset in {folder}: it has no {MANIFEST_NAME}. Make one with `simgen render`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CorruptShardError(f"{path} cannot be read: {error}") from error
    try:
        data: Mapping[str, Any] = json.loads(text)
        if data["format"] != DATASET_FORMAT:
            raise UserError(f"{path} is not a simgen dataset: its format is {data['format']!r}")
        if data["format_version"] != FORMAT_VERSION:
            raise UserError(f"{path} has format version {data['format_version']}, this release reads {FORMAT_VERSION}")
        plan = {k: v for k, v in data["plan"].items() if k != "digest"}
        return Manifest(
            plan=Plan.from_dict(plan),
            shards=tuple(ShardEntry(**{**s, "scenes": tuple(s["scenes"])}) for s in data["shards"]),
            quarantined=tuple(Quarantined(**{**q, "who": tuple(q.get("who", ()))}) for q in data["quarantined"]),
            run=dict(data["run"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptShardError(
            f"{path} is damaged ({type(error).__name__}: {error}); restore it, or render into a new folder"
        ) from error


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def output_error(path: Path, error: BaseException) -> OutputError:
    """The error to raise when `path` cannot be written, with the next step."""
    hint = ""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC and _free_bytes(path) > _SOME_SPACE:
        hint = (
            "There is space left in that folder, so the full disk may be that of the compiled kernels: "
            "SIMGEN_CACHE_DIR names another folder for them. "
        )
    return OutputError(
        f"cannot write {path}: {error}. {hint}What was finished is kept: "
        "free space or fix the permissions, then run the same command again"
    )


def _free_bytes(path: Path) -> int:
    """Free space where `path` is or would be; 0 where that cannot be told."""
    try:
        return shutil.disk_usage(path if path.is_dir() else path.parent).free
    except OSError:
        return 0
