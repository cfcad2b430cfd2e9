"""Writes one shard: frames stream to a temporary file that becomes the shard only when it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from simgen.dataset import layout
from simgen.dataset.classes import condition_classes
from simgen.dataset.columns import Column, Series, Stack, TextColumn
from simgen.dataset.digest import combine, file_digest
from simgen.dataset.groups import CameraWriter, Ragged, Table
from simgen.dataset.manifest import PARTIAL_SUFFIX, ShardEntry, output_error, shard_name, sync_folder
from simgen.dataset.plan import Plan
from simgen.dataset.rotation import quat_xyzw_from_matrix
from simgen.dataset.shield import ShieldedFile
from simgen.dataset.sink import EventLike
from simgen.errors import SimgenError, UserError

if TYPE_CHECKING:
    from simgen.labels.frame import CameraFrame
    from simgen.scenario.scene import Scene
    from simgen.snapshot import Snapshot

_LIBVER = ("v110", "v110")


class ShardWriter:
    """A `Sink` that writes one shard of a plan.

    Use as a context manager and call `finish` once all scenes are in; leaving without it removes the
    temporary file. Frames go straight to the file, so memory does not grow with the shard's size.

    Raises:
        OutputError: from any method, when the folder cannot be written or the disk is full.
    """

    def __init__(self, folder: Path, plan: Plan, shard: int) -> None:
        self._plan = plan
        self._scenes_planned = plan.shard_scenes()[shard]
        self.path = folder / shard_name(shard)
        self._temporary = folder / (shard_name(shard) + PARTIAL_SUFFIX)
        self._scene: Scene | None = None
        self._scenes: list[int] = []
        self._open = False
        with self._writing():
            self._raw = ShieldedFile(self._temporary)
            self._file = h5py.File(self._raw, "w", libver=_LIBVER)
            self._open = True
            self._create()

    def _create(self) -> None:
        file, codec = self._file, self._plan.codec
        for name, value in {
            "format": layout.SHARD_FORMAT, "format_version": layout.FORMAT_VERSION,
            "scenario_id": self._plan.scenario_id, "scenario_digest": self._plan.scenario_digest,
            "plan_digest": self._plan.digest, "seed": self._plan.seed, "renderer": self._plan.renderer,
            "simgen_version": self._plan.simgen_version, "codec": codec,
        }.items():  # fmt: skip
            file.attrs[name] = value
        scenes = file.create_group("scenes")
        self._scene_rows = Table(scenes, tuple(f for f in layout.SCENE_ROWS if f.dtype != "str"), codec)
        self._scene_texts = {f.name: TextColumn(scenes, f) for f in layout.SCENE_ROWS if f.dtype == "str"}
        cameras = file.create_group("cameras")
        self._cameras = {c.name: CameraWriter(cameras.create_group(c.name), c, codec) for c in self._plan.cameras}
        objects = file.create_group("objects")
        self._object_times = Table(objects, layout.TIME_BASE, codec)
        self._objects = Ragged(objects, layout.OBJECT_ROWS, "time", codec)
        self._ego = Series(file.create_group("ego"), layout.TIME_BASE, layout.series_field, codec)
        conditions = (*layout.TIME_BASE, *layout.CONDITION_CLASSES)
        self._conditions = Series(file.create_group("conditions"), conditions, layout.series_field, codec)
        events = file.create_group("events")
        self._event_rows = Table(events, tuple(f for f in layout.EVENT_ROWS if f.dtype != "str"), codec)
        self._event_texts = {f.name: TextColumn(events, f) for f in layout.EVENT_ROWS if f.dtype == "str"}

    def begin_scene(self, scene: Scene) -> None:
        """Start a scene.

        Raises:
            UserError: its cameras differ from the plan's, so their pictures do not fit one dataset.
        """
        if self._scene is not None:
            raise SimgenError(f"scene {self._scene.index} is not finished")
        if scene.index not in self._scenes_planned or scene.index in self._scenes:
            raise SimgenError(f"scene {scene.index} does not belong into {self.path.name} (again)")
        problem = self._plan.mismatch(scene)
        if problem:
            raise UserError(f"{problem}; a dataset needs the same cameras in every scene: do not draw their size")
        self._scene = scene

    def add_frame(self, frame: CameraFrame) -> None:
        """Write a camera frame."""
        with self._writing():
            self._cameras[frame.name].add(frame, self._index)

    def add_state(self, snapshot: Snapshot) -> None:
        """Take the state of all objects and the conditions."""
        base = {"time_s": snapshot.time_s, "tick": snapshot.tick, "scene": self._index}
        self._object_times.append(base)
        self._objects.extend(_object_rows(snapshot))
        conditions = snapshot.conditions
        assert self._scene is not None
        self._conditions.append({**base, **condition_classes(conditions, self._scene.odd)}, conditions.scalars())

    def add_ego(self, tick: int, time_s: float, state: Mapping[str, float]) -> None:
        """Take the ego's true state and applied action."""
        self._ego.append({"time_s": time_s, "tick": tick, "scene": self._index}, state)

    def add_event(self, event: EventLike) -> None:
        """Take an event."""
        self._event_rows.append(
            {
                "time_s": event.time_s,
                "scene": self._index,
                "value": event.value,
                "position_m": np.asarray(event.position_m, np.float64),
                "speed_mps": event.speed_mps,
            }
        )
        for name, column in self._event_texts.items():
            column.append(getattr(event, name))

    def end_scene(self, outcome: str) -> None:
        """Keep the scene."""
        index = self._index
        assert self._scene is not None
        scene, variant = self._scene, self._scene.variant
        self._scene_rows.append({"scene_index": index, "seed": scene.seed, "base_scene": scene.sample})
        texts = {
            "spec": scene.to_json(),
            "outcome": outcome,
            "plan": scene.plan,
            "variant_path": variant.path if variant is not None else "",
            "variant_value": variant.value if variant is not None else "",
        }
        for name, column in self._scene_texts.items():
            column.append(texts[name])
        with self._writing():
            self._each(lambda part: part.commit())
        self._scenes.append(index)
        self._scene = None

    def drop_scene(self) -> None:
        """Forget the scene: the shard is as if it had never begun."""
        with self._writing():
            self._each(lambda part: part.rollback())
        self._scene = None

    def finish(self) -> ShardEntry:
        """Close, sync, digest and rename; the shard is whole from here on."""
        if self._scene is not None:
            raise SimgenError(f"scene {self._scene.index} is not finished")
        with self._writing():
            parts = dict(column.finish() for column in self._columns())
            content_digest = combine(parts)
            self._file.attrs["content_digest"] = content_digest
            self._file.close()
            self._raw.check()
            self._raw.sync()
            self._raw.close()
            self._open = False
            entry = ShardEntry(
                name=self.path.name,
                first_scene=self._scenes_planned.start,
                stop_scene=self._scenes_planned.stop,
                scenes=tuple(self._scenes),
                frames={name: camera.frames for name, camera in self._cameras.items()},
                bytes=self._temporary.stat().st_size,
                sha256=file_digest(self._temporary),
                content_digest=content_digest,
            )
            self._temporary.replace(self.path)
            sync_folder(self.path.parent)
        return entry

    def abort(self) -> None:
        """Give up: close and remove the temporary file. Does nothing after `finish`."""
        if self._open:
            self._open = False
            self._file.close()
            self._raw.close()
            self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Abort unless finished."""
        self.abort()

    @property
    def _index(self) -> int:
        if self._scene is None:
            raise SimgenError("no scene has begun")
        return self._scene.index

    def _columns(self) -> Iterator[Stack | Column | TextColumn]:
        yield from self._scene_rows.columns.values()
        yield from self._scene_texts.values()
        for camera in self._cameras.values():
            yield from camera.columns()
        yield from self._object_times.columns.values()
        yield from self._objects.columns()
        yield from self._ego.columns()
        yield from self._conditions.columns()
        yield from self._event_rows.columns.values()
        yield from self._event_texts.values()

    def _each(self, act: Callable[[Any], None]) -> None:
        # Series first: committing one may create columns, which must be committed with the rest.
        for part in (self._ego, self._conditions, *self._cameras.values(), self._objects):
            act(part)
        for column in self._columns():
            act(column)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
            if self._open:
                self._raw.check()
        except OSError as error:
            self.abort()
            raise output_error(self.path, error) from error


def _object_rows(snapshot: Snapshot) -> dict[str, NDArray[Any]]:
    objects = snapshot.cast.objects
    pose = snapshot.T_world_object
    for thing in objects:
        if len(thing.model.encode("ascii")) > layout.MODEL_NAME_BYTES:
            raise SimgenError(f"model name {thing.model!r} is longer than {layout.MODEL_NAME_BYTES} bytes")
    centers = np.array([o.box_center_m for o in objects], np.float64).reshape(-1, 3)
    return {
        "instance": np.arange(1, len(objects) + 1, dtype=np.uint16),
        "class": np.array([o.class_id for o in objects], np.uint8),
        "model": np.array([o.model.encode("ascii") for o in objects], f"S{layout.MODEL_NAME_BYTES}"),
        "position_m": pose[:, :3, 3],
        "quat_xyzw": quat_xyzw_from_matrix(pose[:, :3, :3]),
        # Summed by hand: BLAS would let the bits differ between machines.
        "box_center_m": (pose[:, :3, :3] * centers[:, None, :]).sum(axis=2) + pose[:, :3, 3],
        "size_m": np.array([o.size_m for o in objects], np.float64).reshape(-1, 3),
        "velocity_mps": snapshot.velocity_mps,
        "angular_velocity_radps": snapshot.angular_velocity_radps,
        "submerged_fraction": snapshot.submerged_fraction,
    }
