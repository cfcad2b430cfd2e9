"""Reads datasets: frames by number for training loops, scenes in order for everything else."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np

from simgen.dataset.codec import read_row
from simgen.dataset.layout import CAMERA_OBJECTS, camera_images, camera_rows
from simgen.dataset.manifest import Manifest, ShardEntry, load_manifest
from simgen.dataset.tables import CameraTable, SceneTables, read_scene
from simgen.errors import CorruptShardError, UserError
from simgen.scenario.scene import LABELS

Sample = dict[str, Any]
"""One frame: `camera`, `scene`, `tick`, `time_s`, the pictures and labels, `K`, `T_world_camera`,
`exposure_s`, `gain`, `distortion` where the lens has any, and `objects`, a dict of columns. Arrays are as stored: see
`flow_px`, `unit_normals`."""

_OPEN_SHARDS = 16


@dataclass(frozen=True, eq=False)
class SceneView:
    """One scene of a dataset.

    Attributes:
        index: its index.
        tables: its spec, outcome, object tracks, ego and condition series, and events.
        frames: its frames, camera by camera in order of time; read as they are asked for.
    """

    index: int
    tables: SceneTables
    frames: Iterable[Sample]


class Dataset:
    """A rendered dataset: `len(ds)` frames of the chosen cameras, `ds[i]` one of them as a dict.

    Frames are ordered by shard, then camera, then time. Shards open when first needed, once a process, and
    close when the dataset is closed; a pickled copy (a data loader's worker) opens its own.

    Args:
        path: the folder that holds manifest.json.
        cameras: names to read; all by default.
        labels: members of `simgen.scenario.scene.LABELS` to read; all that were rendered by default.

    Raises:
        UserError: no dataset there, or an unknown camera or label.
        CorruptShardError: (also when reading) the manifest or a shard is missing or damaged.
    """

    def __init__(
        self, path: str | Path, cameras: Sequence[str] | None = None, labels: Sequence[str] | None = None
    ) -> None:
        self.path = Path(path)
        self.manifest: Manifest = load_manifest(self.path)
        plans = {c.name: c for c in self.manifest.plan.cameras}
        self.cameras = tuple(plans) if cameras is None else _known("camera", cameras, tuple(plans))
        self.labels = LABELS if labels is None else _known("label", labels, LABELS)
        for name in self.cameras:
            absent = [x for x in self.labels if labels is not None and x not in plans[name].labels]
            if absent:
                raise UserError(
                    f"camera {name!r} was rendered without {', '.join(absent)}; it has: "
                    f"{', '.join(plans[name].labels) or 'pictures only'}"
                )
        self._plans = plans
        self._runs = [(s, c) for s in self.manifest.shards for c in self.cameras if s.frames[c]]
        self._ends = list(accumulate(s.frames[c] for s, c in self._runs))
        self._files: OrderedDict[str, h5py.File] = OrderedDict()
        self._tables: dict[tuple[str, str], CameraTable] = {}
        self._owner = os.getpid()

    def __len__(self) -> int:
        """Number of frames over the chosen cameras."""
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, index: int) -> Sample:
        """Frame `index`; negative counts from the end."""
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"frame {index} of a dataset of {len(self)}")
        run = bisect_right(self._ends, position)
        shard, camera = self._runs[run]
        return self._read(shard, camera, position - (self._ends[run] - shard.frames[camera]))

    def __iter__(self) -> Iterator[Sample]:
        """All frames in order."""
        return (self[k] for k in range(len(self)))

    def scenes(self) -> Iterator[SceneView]:
        """All scenes in order of their index, each with its tables and its frames."""
        for shard in self.manifest.shards:
            file = self._file(shard)
            for scene in shard.scenes:
                try:
                    tables = read_scene(file, scene)
                except (OSError, RuntimeError, KeyError) as error:
                    raise self._corrupt(shard, error) from error
                yield SceneView(scene, tables, self._scene_frames(shard, scene))

    def close(self) -> None:
        """Close all shards; reading again opens them again."""
        if self._owner == os.getpid():
            for file in self._files.values():
                file.close()
        self._files.clear()
        self._tables.clear()

    def __enter__(self) -> Self:
        """The dataset itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all shards."""
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """Everything but open files."""
        return {**self.__dict__, "_files": OrderedDict(), "_tables": {}, "_owner": -1}

    def _scene_frames(self, shard: ShardEntry, scene: int) -> Iterator[Sample]:
        for camera in self.cameras:
            for row in np.flatnonzero(self._table(shard, camera).rows["scene"] == scene):
                yield self._read(shard, camera, int(row))

    def _read(self, shard: ShardEntry, camera: str, row: int) -> Sample:
        plan, codec = self._plans[camera], self.manifest.plan.codec
        table = self._table(shard, camera)
        group = self._file(shard)[f"cameras/{camera}"]
        sample: Sample = {"camera": camera}
        for f in camera_rows(plan.lens):
            value = table.rows[f.name][row]
            sample[f.name] = value.copy() if f.shape else value.item()
        try:
            for f in camera_images(plan.width, plan.height):
                if not f.label or (f.label in self.labels and f.label in plan.labels):
                    sample[f.name] = read_row(group[f.name], row, codec)
        except (OSError, RuntimeError, KeyError) as error:
            raise self._corrupt(shard, error) from error
        if "objects" in self.labels and "objects" in plan.labels:
            first, stop = int(table.offsets[row]), int(table.offsets[row + 1])
            sample["objects"] = {f.name: table.objects[f.name][first:stop].copy() for f in CAMERA_OBJECTS}
        return sample

    def _table(self, shard: ShardEntry, camera: str) -> CameraTable:
        file = self._file(shard)  # may evict other shards' tables, so it comes first
        key = (shard.name, camera)
        if key not in self._tables:
            try:
                self._tables[key] = CameraTable.read(file[f"cameras/{camera}"])
            except (OSError, RuntimeError, KeyError) as error:
                raise self._corrupt(shard, error) from error
        return self._tables[key]

    def _file(self, shard: ShardEntry) -> h5py.File:
        if self._owner != os.getpid():  # forked or unpickled: HDF5 handles do not cross processes
            self._files, self._tables, self._owner = OrderedDict(), {}, os.getpid()
        if shard.name in self._files:
            self._files.move_to_end(shard.name)
            return self._files[shard.name]
        if self.manifest.plan.codec == "zstd":
            import hdf5plugin  # noqa: F401  (registers the filter)
        try:
            file = h5py.File(self.path / shard.name, "r", rdcc_nbytes=0)
        except (OSError, RuntimeError) as error:
            raise self._corrupt(shard, error) from error
        self._files[shard.name] = file
        if len(self._files) > _OPEN_SHARDS:
            name, oldest = self._files.popitem(last=False)
            oldest.close()
            self._tables = {k: v for k, v in self._tables.items() if k[0] != name}
        return file

    def _corrupt(self, shard: ShardEntry, error: BaseException) -> CorruptShardError:
        path = self.path / shard.name
        what = f"cannot be read: {error}" if path.exists() else "is gone"
        return CorruptShardError(
            f"{path} {what}. `simgen verify {self.path}` says more; rendering again with the same command repairs it"
        )


def _known(what: str, names: Sequence[str], known: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(names, str):
        names = (names,)
    for name in names:
        if name not in known:
            raise UserError(f"no {what} {name!r} in this dataset; it has: {', '.join(known)}")
    return tuple(names)
