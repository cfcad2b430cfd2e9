"""The small tables of a shard, whole in memory: per-frame columns, object tracks, series and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from simgen.dataset.layout import CAMERA_OBJECTS, OBJECT_ROWS, TIME_BASE, camera_rows
from simgen.scenario.scene import Scene

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class CameraTable:
    """Everything of a camera in one shard but its pictures.

    Attributes:
        rows: columns with one row a frame.
        objects: columns of the object table; empty when it was not rendered.
        offsets: (F + 1,) uint64; rows of frame k are [offsets[k], offsets[k + 1]).
    """

    rows: Columns
    objects: Columns
    offsets: NDArray[np.uint64]

    @staticmethod
    def read(group: h5py.Group) -> CameraTable:
        """The tables of `/cameras/NAME`."""
        rows = {f.name: group[f.name][:] for f in camera_rows(group.attrs.get("lens_model", ""))}
        if "objects" not in group:
            return CameraTable(rows, {}, np.zeros(len(rows["tick"]) + 1, np.uint64))
        table = group["objects"]
        return CameraTable(rows, {f.name: table[f.name][:] for f in CAMERA_OBJECTS}, table["offsets"][:])


@dataclass(frozen=True, eq=False)
class SceneTables:
    """What is known of one scene besides pictures.

    Attributes:
        scene: the spec it was simulated from.
        outcome: how it ended.
        tracks: state of every object over time: `time_s` and `tick` (T,), and the columns of `/objects` as
            (T, O, ...) with objects in the actors' order.
        ego: true state and applied actions over time; empty columns when the scene has no ego.
        conditions: every condition over time, SI units.
        events: columns of what happened.
    """

    scene: Scene
    outcome: str
    tracks: Columns
    ego: Columns
    conditions: Columns
    events: Columns


def read_scene(shard: h5py.File, index: int) -> SceneTables:
    """The tables of scene `index`, which the shard must hold.

    Raises:
        KeyError: it does not.
    """
    place = np.flatnonzero(shard["scenes/scene_index"][:] == index)
    if len(place) != 1:
        raise KeyError(f"scene {index}")
    row = int(place[0])
    return SceneTables(
        scene=Scene.from_json(shard["scenes/spec"].asstr()[row]),
        outcome=str(shard["scenes/outcome"].asstr()[row]),
        tracks=_tracks(shard["objects"], index),
        ego=_series(shard["ego"], index),
        conditions=_series(shard["conditions"], index),
        events=_series(shard["events"], index),
    )


def _series(group: h5py.Group, index: int) -> Columns:
    mine = np.flatnonzero(group["scene"][:] == index)
    rows = slice(int(mine[0]), int(mine[-1]) + 1) if len(mine) else slice(0, 0)  # a scene's rows stand together
    out: Columns = {}
    for name, column in group.items():
        if name != "scene":
            is_text = column.dtype.kind == "O"
            out[name] = np.asarray(column.asstr()[rows], dtype=object) if is_text else column[rows]
    return out


def _tracks(group: h5py.Group, index: int) -> Columns:
    mine = np.flatnonzero(group["scene"][:] == index)
    out: Columns = {f.name: group[f.name][:][mine] for f in TIME_BASE if f.name != "scene"}
    offsets = group["offsets"][:].astype(np.int64)
    first, stop = (int(offsets[mine[0]]), int(offsets[mine[-1] + 1])) if len(mine) else (0, 0)
    for f in OBJECT_ROWS:
        rows = group[f.name][first:stop]
        out[f.name] = rows.reshape(len(mine), -1, *f.shape) if len(mine) else rows.reshape(0, 0, *f.shape)
    return out
