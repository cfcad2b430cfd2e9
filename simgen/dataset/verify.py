"""Is every byte of a dataset what it should be? Names each fault and where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from simgen.dataset.digest import content_digest, file_digest
from simgen.dataset.layout import FORMAT_VERSION, SHARD_FORMAT
from simgen.dataset.manifest import MANIFEST_NAME, QUARANTINE_NAME, Manifest, ShardEntry, load_manifest
from simgen.dataset.plan import Plan
from simgen.errors import CorruptShardError

KINDS = (
    "manifest",  # the manifest cannot be read, or contradicts itself
    "quarantine",  # quarantine.jsonl is not what the manifest says
    "incomplete",  # scenes of the plan are not rendered yet
    "missing-shard",  # listed, but not there
    "extra-file",  # there, but not listed
    "size",  # the file has another size than listed
    "digest",  # the file's bytes are not those listed
    "unreadable",  # HDF5 cannot open the file, or a chunk fails its checksum
    "header",  # the shard belongs to another plan
    "content-digest",  # the arrays are not those that were written
    "counts",  # datasets that belong together have unequal lengths
    "offsets",  # the index of a ragged table runs backwards or past its end
    "scenes",  # the scenes in the shard are not those listed
)


@dataclass(frozen=True)
class Fault:
    """One thing wrong: `kind` is a member of `KINDS`, `where` a file or file:dataset."""

    kind: str
    where: str
    message: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.kind}: {self.where}: {self.message}"


def verify(path: str | Path) -> list[Fault]:
    """Every fault of the dataset in folder `path`; an empty list means that it is whole.

    Raises:
        UserError: there is no dataset.
    """
    folder = Path(path)
    try:
        manifest = load_manifest(folder)
    except CorruptShardError as error:
        return [Fault("manifest", MANIFEST_NAME, str(error))]
    return [
        *_files(folder, manifest),
        *(f for s in manifest.shards for f in check_shard(folder, s, manifest.plan)),
    ]


def _files(folder: Path, manifest: Manifest) -> Iterator[Fault]:
    answered = {k for s in manifest.shards for k in range(s.first_scene, s.stop_scene)}
    absent = [k for k in range(manifest.plan.scenes) if k not in answered]
    if absent:
        yield Fault(
            "incomplete", MANIFEST_NAME,
            f"{len(absent)} of {manifest.plan.scenes} scenes are not rendered yet, the first is {absent[0]};"
            " the same `simgen render` command goes on",
        )  # fmt: skip
    quarantined = {q.scene for q in manifest.quarantined}
    for shard in manifest.shards:
        expected = [k for k in range(shard.first_scene, shard.stop_scene) if k not in quarantined]
        if list(shard.scenes) != expected:
            yield Fault("manifest", shard.name, f"lists scenes {list(shard.scenes)}, expected {expected}")
    path, lines = folder / QUARANTINE_NAME, manifest.quarantine_lines()
    try:
        found = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        found = str(error)
    if found != lines:
        yield Fault(
            "quarantine", QUARANTINE_NAME,
            f"does not list the {len(quarantined)} quarantined scenes of {MANIFEST_NAME};"
            " the same `simgen render` command writes it anew",
        )  # fmt: skip
    listed = {s.name for s in manifest.shards} | {MANIFEST_NAME, QUARANTINE_NAME}
    for item in sorted(folder.iterdir()):
        if item.name not in listed and item.name.startswith(("shard-", MANIFEST_NAME, QUARANTINE_NAME)):
            yield Fault("extra-file", item.name, "is not listed: left by an interrupted run, or foreign")


def check_bytes(folder: Path, entry: ShardEntry) -> Fault | None:
    """The first fault of a shard as a file: missing, of another size, or with other bytes than listed."""
    path = folder / entry.name
    if not path.is_file():
        return Fault("missing-shard", entry.name, f"is gone; it is listed with {_scenes_text(entry)}")
    size = path.stat().st_size
    if size != entry.bytes:
        return Fault("size", entry.name, f"has {size} bytes, expected {entry.bytes}")
    digest = file_digest(path)
    if digest != entry.sha256:
        return Fault("digest", entry.name, f"SHA-256 is {digest[:16]}..., expected {entry.sha256[:16]}...")
    return None


def _scenes_text(entry: ShardEntry) -> str:
    first, last = entry.first_scene, entry.stop_scene - 1
    return f"scene {first}" if first == last else f"scenes {first} to {last}"


def check_shard(folder: Path, entry: ShardEntry, plan: Plan) -> Iterator[Fault]:
    """Every fault of one shard: its bytes, then whatever HDF5 can still read of it."""
    bad = check_bytes(folder, entry)
    if bad is not None:
        yield bad
        if bad.kind == "missing-shard":
            return
    if plan.codec == "zstd":
        import hdf5plugin  # noqa: F401  (registers the filter)
    try:
        with h5py.File(folder / entry.name, "r") as file:
            yield from _header(file, entry, plan)
            yield from _chunks(file, entry)
            yield from _structure(file, entry)
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        yield Fault("unreadable", entry.name, str(error))


def _header(file: h5py.File, entry: ShardEntry, plan: Plan) -> Iterator[Fault]:
    expected = {
        "format": SHARD_FORMAT, "format_version": FORMAT_VERSION, "plan_digest": plan.digest,
        "seed": plan.seed, "renderer": plan.renderer, "scenario_digest": plan.scenario_digest,
        "content_digest": entry.content_digest,
    }  # fmt: skip
    for name, value in expected.items():
        if file.attrs.get(name) != value:
            yield Fault("header", entry.name, f"{name} is {file.attrs.get(name)!r}, expected {value!r}")


def _chunks(file: h5py.File, entry: ShardEntry) -> Iterator[Fault]:
    try:
        digest = content_digest(file)
    except (OSError, RuntimeError) as error:
        named = list(_unreadable_datasets(file, entry))
        yield from named or [Fault("unreadable", entry.name, str(error))]
        return
    if digest != entry.content_digest:
        yield Fault("content-digest", entry.name, f"is {digest[:16]}..., expected {entry.content_digest[:16]}...")


def _unreadable_datasets(file: h5py.File, entry: ShardEntry) -> Iterator[Fault]:
    names: list[str] = []
    file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    for name in names:
        dataset = file[name]
        step = dataset.chunks[0] if dataset.chunks else len(dataset)
        bad: list[int] = []
        for first in range(0, len(dataset), max(1, step)):
            try:
                dataset[first : first + step]
            except (OSError, RuntimeError):
                bad.append(first)
        if bad:
            yield Fault(
                "unreadable",
                f"{entry.name}:/{name}",
                f"{len(bad)} bad chunk{'s' * (len(bad) > 1)}, the first at row {bad[0]}",
            )


def _structure(file: h5py.File, entry: ShardEntry) -> Iterator[Fault]:
    scenes = tuple(int(k) for k in file["scenes/scene_index"][:])
    if scenes != entry.scenes:
        yield Fault("scenes", f"{entry.name}:/scenes", f"holds {scenes}, the manifest lists {entry.scenes}")
    for name, group in file["cameras"].items():
        frames = entry.frames.get(name, -1)
        yield from _lengths(group, entry, frames)
        if "objects" in group:
            yield from _ragged(group["objects"], entry, frames, skip=())
        if not set(group["scene"][:].tolist()) <= set(scenes):
            yield Fault("scenes", f"{entry.name}:/cameras/{name}", "has frames of scenes that are not in the shard")
    times = len(file["objects/time_s"])
    yield from _ragged(file["objects"], entry, times, skip=("time_s", "tick", "scene"))
    for name in ("scenes", "ego", "conditions", "events"):
        column = "scene_index" if name == "scenes" else "scene"
        yield from _lengths(file[name], entry, len(file[name][column]))


def _lengths(group: h5py.Group, entry: ShardEntry, rows: int) -> Iterator[Fault]:
    for name, item in group.items():
        if isinstance(item, h5py.Dataset) and len(item) != rows:
            yield Fault("counts", f"{entry.name}:{group.name}/{name}", f"has {len(item)} rows, expected {rows}")


def _ragged(group: h5py.Group, entry: ShardEntry, frames: int, *, skip: tuple[str, ...]) -> Iterator[Fault]:
    offsets = group["offsets"][:].astype(np.int64)
    where = f"{entry.name}:{group.name}/offsets"
    if len(offsets) != frames + 1:
        yield Fault("counts", where, f"has {len(offsets)} rows, expected {frames + 1}")
        return
    if offsets[0] != 0 or (np.diff(offsets) < 0).any():
        yield Fault("offsets", where, "does not rise from 0")
        return
    for name, item in group.items():
        if name != "offsets" and name not in skip and len(item) != offsets[-1]:
            yield Fault("offsets", f"{entry.name}:{group.name}/{name}", f"{len(item)} rows, offsets say {offsets[-1]}")
