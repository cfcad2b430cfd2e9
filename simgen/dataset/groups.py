"""Groups of datasets that grow together: tables, ragged tables, cameras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from simgen.dataset import layout
from simgen.dataset.columns import Column, Stack
from simgen.dataset.layout import Field
from simgen.dataset.plan import CameraPlan
from simgen.errors import SimgenError

if TYPE_CHECKING:
    from simgen.labels.frame import CameraFrame


class Table:
    """Columns that grow together, by their declared fields."""

    def __init__(self, group: h5py.Group, fields: tuple[Field, ...], codec: str) -> None:
        self.columns = {f.name: Column(group, f, codec) for f in fields}

    def extend(self, rows: Mapping[str, NDArray[Any]]) -> int:
        """Add rows, one array a column; all of the same length, which is returned."""
        lengths = {len(rows[name]) for name in self.columns}
        if len(lengths) != 1:
            raise SimgenError(f"columns of unequal length: { {n: len(rows[n]) for n in self.columns} }")
        for name, column in self.columns.items():
            column.extend(rows[name])
        return lengths.pop()

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one row of plain values."""
        self.extend({n: np.asarray(row[n], dtype=c.field.dtype)[None] for n, c in self.columns.items()})


class Ragged:
    """A table with any number of rows a frame, and the offsets that say which are whose."""

    def __init__(self, group: h5py.Group, fields: tuple[Field, ...], of: str, codec: str) -> None:
        self.rows = Table(group, fields, codec)
        self._offsets = Column(group, layout.offsets_field(of), codec)
        self._offsets.extend(np.zeros(1, np.uint64))
        self._offsets.commit()
        self._count = self._saved = 0

    def extend(self, rows: Mapping[str, NDArray[Any]]) -> None:
        """Add the rows of one frame."""
        self._count += self.rows.extend(rows)
        self._offsets.extend(np.array([self._count], np.uint64))

    def columns(self) -> tuple[Column, ...]:
        """All columns, offsets last."""
        return (*self.rows.columns.values(), self._offsets)

    def commit(self) -> None:
        """Keep the count; the columns are committed by their owner."""
        self._saved = self._count

    def rollback(self) -> None:
        """Take the count back; the columns are rolled back by their owner."""
        self._count = self._saved


class CameraWriter:
    """The datasets of one camera."""

    def __init__(self, group: h5py.Group, plan: CameraPlan, codec: str) -> None:
        group.attrs["width"], group.attrs["height"] = plan.width, plan.height
        group.attrs["rate_hz"] = plan.rate_hz
        wanted = [f for f in layout.camera_images(plan.width, plan.height) if not f.label or f.label in plan.labels]
        self.stacks = {f.name: Stack(group, f, codec) for f in wanted}
        if plan.lens:
            group.attrs["lens_model"] = plan.lens
        self.rows = Table(group, layout.camera_rows(plan.lens), codec)
        self.objects: Ragged | None = None
        if "objects" in plan.labels:
            table = group.create_group("objects")
            self.objects = Ragged(table, layout.CAMERA_OBJECTS, "frame", codec)
        self.frames = self._saved = 0

    def add(self, frame: CameraFrame, scene: int) -> None:
        """Write one frame."""
        for name, stack in self.stacks.items():
            picture = getattr(frame, name)
            if picture is None:
                raise SimgenError(f"camera {frame.name!r}: the plan asks for {name}, the frame has none")
            stack.append(picture)
        self.rows.append({
            "time_s": frame.time_s, "tick": frame.tick, "scene": scene, "K": frame.K,
            "T_world_camera": frame.T_world_camera, "exposure_s": frame.exposure_s, "gain": frame.gain,
            "distortion": frame.distortion,
        })  # fmt: skip
        if self.objects is not None:
            if frame.objects is None:
                raise SimgenError(f"camera {frame.name!r}: the plan asks for objects, the frame has none")
            self.objects.extend(frame.objects)
        self.frames += 1

    def columns(self) -> tuple[Stack | Column, ...]:
        """All datasets of this camera."""
        ragged = self.objects.columns() if self.objects is not None else ()
        return (*self.stacks.values(), *self.rows.columns.values(), *ragged)

    def commit(self) -> None:
        """Keep the frame count."""
        self._saved = self.frames
        if self.objects is not None:
            self.objects.commit()

    def rollback(self) -> None:
        """Take the frame count back."""
        self.frames = self._saved
        if self.objects is not None:
            self.objects.rollback()
