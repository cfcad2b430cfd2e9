"""Box bodies of trucks and trailers: panels with rails and livery, rear doors, locking bars and markers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simgen.models.families.vehicle_details import both_sides, rectangle, rod, strip
from simgen.models.families.vehicle_materials import (
    BOX_PANEL,
    CHASSIS,
    MARKER_LENS,
    SEAM,
    TAPE_RED,
    TAPE_YELLOW,
)
from simgen.models.families.vehicle_shell import Array, Net, Points
from simgen.models.families.vehicle_skin import FRONT, REAR, SIDE, Skin
from simgen.models.geometry import box, merge
from simgen.models.mesh import Material, Mesh
from simgen.models.palette import GALVANISED, PAINT, STEEL, TAIL_LENS


@dataclass(frozen=True)
class BoxBody:
    """A box body; metres, model frame.

    Attributes:
        rear_x_m, front_x_m: of its walls.
        floor_m, top_m: heights of its underside and its roof.
        half_m: half its width.
        livery: outlines (x, z) painted on the sides.
        panels: how many make a side.
        markers_x_m: where the side markers are.
    """

    rear_x_m: float
    front_x_m: float
    floor_m: float
    top_m: float
    half_m: float
    livery: tuple[Points, ...]
    panels: int
    markers_x_m: tuple[float, ...]

    def mesh(self) -> Mesh:
        """The box with its rails, panel joints, livery, rear doors, bars and markers."""
        x0, x1, z0, z1, half = self.rear_x_m, self.front_x_m, self.floor_m, self.top_m, self.half_m
        skin = Skin.of_nets(self._walls(), crease_deg=20.0)
        rail = 0.09
        for low, high in ((z0, z0 + rail), (z1 - rail, z1)):
            for view, start, end in ((SIDE, x0, x1), (FRONT, -0.1, half), (REAR, -0.1, half)):
                skin.cut(view, rectangle(start, end, low, high), GALVANISED)
        for start, end in ((x0, x0 + 0.07), (x1 - 0.07, x1)):
            skin.cut(SIDE, rectangle(start, end, z0, z1), GALVANISED, (BOX_PANEL,))
        for view in (FRONT, REAR):
            skin.cut(view, rectangle(half - 0.07, half, z0, z1), GALVANISED, (BOX_PANEL,))
        for outline in self.livery:
            skin.cut(SIDE, outline, PAINT, (BOX_PANEL,))
        for x in np.linspace(x0 + 0.07, x1 - 0.07, self.panels + 1)[1:-1]:
            skin.cut(SIDE, strip((float(x), z0 + rail), (float(x), z1 - rail), 0.012), SEAM)
        skin.cut(SIDE, rectangle(x0 + 0.08, x1 - 0.08, z0 + 0.02, z0 + 0.07), TAPE_YELLOW, (GALVANISED,))
        self._cut_doors(skin)
        skin.finish()
        return merge([skin.mesh(), self._door_bars(), self._markers()])

    def _walls(self) -> list[Net]:
        """The half box as nets: side, roof, floor, front and rear."""
        x = np.linspace(self.front_x_m, self.rear_x_m, self.panels + 2)
        z = np.linspace(self.floor_m, self.top_m, 4)
        y = np.linspace(self.half_m, 0.0, 4)

        def net(points: Array, axes: tuple[int, int], m: Material) -> Net:
            return points, points[..., list(axes)].copy(), m

        def grid(a: Array, b: Array, build: str, c: float) -> Array:
            p, q = np.meshgrid(a, b, indexing="ij")
            fixed = np.full_like(p, c)
            planes = {"xz": (p, fixed, q), "xy": (p, q, fixed), "yz": (fixed, p, q)}
            return np.stack(planes[build], axis=-1)

        return [
            net(grid(x, z, "xz", self.half_m), (0, 2), BOX_PANEL),
            net(grid(x, y, "xy", self.top_m), (0, 1), BOX_PANEL),
            net(grid(x[::-1], y, "xy", self.floor_m), (0, 1), CHASSIS),
            net(grid(y[::-1], z, "yz", self.front_x_m), (1, 2), BOX_PANEL),
            net(grid(y, z, "yz", self.rear_x_m), (1, 2), BOX_PANEL),
        ]

    def _cut_doors(self, skin: Skin) -> None:
        """Two rear doors: a gap down the middle, frame gaps, hinges' side rails, a tape along the foot, livery."""
        z0, z1, half = self.floor_m, self.top_m, self.half_m
        skin.cut(REAR, rectangle(-0.1, 0.008, z0 + 0.09, z1 - 0.09), SEAM)
        for line in (
            strip((0.0, z1 - 0.10), (half - 0.08, z1 - 0.10), 0.016),
            strip((0.0, z0 + 0.10), (half - 0.08, z0 + 0.10), 0.016),
            strip((half - 0.08, z0 + 0.09), (half - 0.08, z1 - 0.09), 0.016),
        ):
            skin.cut(REAR, line, SEAM)
        skin.cut(REAR, rectangle(0.30, 1.08, z0 + 0.16, z0 + 0.21), TAPE_RED, (BOX_PANEL,))
        skin.cut(REAR, rectangle(-0.1, half - 0.07, z0 + 0.44, z0 + 0.79), PAINT, (BOX_PANEL,))

    def _door_bars(self) -> Mesh:
        """Four locking bars with keepers and handles, and hinges."""
        z0, z1 = self.floor_m, self.top_m
        x = self.rear_x_m - 0.022
        pieces = []
        for y in (0.16, 0.84):
            pieces.append(rod((x, y, z0 + 0.03), (x, y, z1 - 0.03), 0.030, GALVANISED))
            for z in (z0 + 0.05, 0.5 * (z0 + z1), z1 - 0.05):
                pieces.append(box((0.040, 0.075, 0.05), GALVANISED, (self.rear_x_m - 0.016, y, z)))
            pieces.append(box((0.022, 0.26, 0.035), STEEL, (x - 0.018, y + 0.10, z0 + 0.54)))
        for z in np.linspace(z0 + 0.29, z1 - 0.25, 4):
            pieces.append(box((0.024, 0.13, 0.05), GALVANISED, (self.rear_x_m - 0.008, self.half_m - 0.09, float(z))))
        return both_sides(merge(pieces))

    def _markers(self) -> Mesh:
        """Side markers along the lower rail, white and red markers at the top corners."""
        z0, z1, half = self.floor_m, self.top_m, self.half_m
        pieces = [box((0.10, 0.024, 0.035), MARKER_LENS, (x, half - 0.006, z0 - 0.035)) for x in self.markers_x_m]
        pieces += [box((0.024, 0.10, 0.035), TAIL_LENS, (self.rear_x_m - 0.004, half - 0.12, z1 - 0.045))]
        pieces += [box((0.024, 0.10, 0.035), MARKER_LENS, (self.front_x_m + 0.004, half - 0.12, z1 - 0.045))]
        return both_sides(merge(pieces))
