"""What a picture's points send to the camera, block by block.

locate, reflect -> film -> rain on things -> snow -> shadow -> light -> water -> air -> glow -> puffs
-> average of each pixel's points
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simgen.render.damp import Downpour
from simgen.render.film import Films, Mirror
from simgen.render.glow import Volume
from simgen.render.kernels import (
    aureole,
    damp,
    film,
    glow,
    halos,
    lamps,
    light,
    media,
    puff_points,
    puff_shade,
    resolve,
    rings,
    shadow,
    snow,
    sources,
    water,
)
from simgen.render.kernels.resolve import BLOCK
from simgen.render.lighting import Sources
from simgen.render.noise import textures
from simgen.render.occluders import Occluders
from simgen.render.puffs import PuffVolume
from simgen.render.snow import Bed, Depths, Roofs, quantiles
from simgen.render.surface import Motion, Points, Surface, Tread
from simgen.render.view import View


@dataclass(frozen=True, eq=False)
class Lying:
    """The snow that lies: how deep, what keeps it off, and how it drifts (see `kernels.snow.blow`)."""

    depths: Depths
    roofs: Roofs
    drift: NDArray[np.float32] | None


@dataclass(frozen=True, eq=False)
class Shot:
    """What the shading of one picture needs besides its points; `turn` is that of one of several faces."""

    view: View
    surface: Surface
    sources: Sources
    src: NDArray[np.float32]
    dome: NDArray[np.float32]
    occluders: Occluders
    water: NDArray[np.float32] | None
    mirror: NDArray[np.float32]
    glow: Volume | None
    turn: NDArray[np.float64] | None = None
    puffs: PuffVolume | None = None
    films: Films | None = None
    wet_mirror: Mirror | None = None
    snow: Lying | None = None
    downpour: Downpour | None = None
    mirror_sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros((1, 1, 3)))


class Shading:
    """Shades blocks of points. Not thread-safe: it reuses its arrays.

    Args:
        relief_m: finds the depth of the relief of the ground by surface, see `kernels.film.soak`.
        bed: finds on what snow may lie.
        takes: finds what each surface is to rain, see `kernels.damp.dampen`.
    """

    def __init__(
        self,
        relief_m: Callable[[], NDArray[np.float32]],
        bed: Callable[[], Bed],
        takes: Callable[[], NDArray[np.uint8]],
    ) -> None:
        self._find_relief, self._find_bed, self._find_takes = relief_m, bed, takes
        self._noise = textures()
        self._records = np.empty(resolve.ROWS * BLOCK, np.float32)
        self._out = np.empty(3 * BLOCK, np.float32)
        self._body = np.empty(resolve.ROWS * BLOCK, np.float32)
        self._body_out = np.empty(3 * BLOCK, np.float32)
        self._index = np.empty(BLOCK, np.int32)
        self._shine = np.zeros(BLOCK, np.float32)
        self._film_index = np.ones(BLOCK, np.float32)
        self._film = np.empty(BLOCK, np.float32)
        self._slope_x, self._slope_y = np.zeros((2, BLOCK), np.float32)
        self._flood = np.ones(BLOCK, np.float32)
        self._near = np.empty(rings.SCRATCH, np.float32)
        self._water_distance = np.empty(BLOCK, np.float32)

    # What follows is found when there first is water or snow.

    @cached_property
    def relief_m(self) -> NDArray[np.float32]:
        """Depth of the relief of the ground by surface."""
        return self._find_relief()

    @cached_property
    def _takes(self) -> NDArray[np.uint8]:
        return self._find_takes()

    @cached_property
    def _bed(self) -> Bed:
        return self._find_bed()

    @cached_property
    def _tread(self) -> Tread:
        return Tread(self._bed.where, np.zeros(BLOCK, np.float32), np.zeros(BLOCK, np.float32))

    def light(
        self,
        shot: Shot,
        p: Points,
        image: NDArray[np.float32],
        *,
        mirror_level_m: float | None = None,
        dark: bool = False,
        wetness: NDArray[np.float32] | None = None,
        motion: Motion | None = None,
    ) -> None:
        """Radiance of all points, block by block, into `image` (N, 3), and the water on them into `wetness` (N,).

        With `motion`, for which the points are to be the pixels' centres, also normals and flow.
        """
        for a in range(0, len(p.face), BLOCK):
            block = p.block(a, min(a + BLOCK, len(p.face)))
            block = shot.surface.resolve(block, self._records, None if shot.snow is None else self._tread, motion)
            x, y, face, count = block.x, block.y, block.face, len(block.face)
            if dark:
                for emission in (resolve.ER, resolve.EG, resolve.EB):
                    self._records[emission : emission + count] = 0.0
            if shot.films is not None:
                self._soak(shot, shot.films, face, count)
                if shot.downpour is not None:
                    self._pucker(shot, shot.downpour, self._records, count, self._shine, self._film)
                else:
                    self._slope_x[:count] = 0.0
                    self._slope_y[:count] = 0.0
            if shot.downpour is not None:
                if shot.films is None:
                    self._film[:count] = 0.0
                d = shot.downpour
                damp.dampen(self._records, count, face, self._takes, d.rain, d.roofs.height_m, d.roofs.grid, self._film)
            if wetness is not None and (shot.films is not None or shot.downpour is not None):
                wetness[p.pixels(block)] = self._film[:count]
            if shot.snow is not None:
                self._lay(shot, shot.snow, face, count)
            self._illuminate(shot, self._records, count, self._out, x, y)
            if shot.water is not None:
                self._add_water(shot, x, y, count, self._out)
            if mirror_level_m is not None:
                water.skip_air_before(self._records, count, shot.src, np.float32(mirror_level_m))
            media.air(self._records, count, shot.src, self._out)
            if shot.src[sources.LOW_G] > 0.0:
                aureole.aureole(self._records, count, shot.src, self._out)
            if shot.glow is not None:
                g = shot.glow
                k = shot.view.intrinsics
                glow.add(x, y, self._records, count, shot.src, g.light, g.busy, self._out)
                halos.add_halos(x, y, self._records, count, shot.src, k, g.places, g.tables, self._out)
            if shot.puffs is not None:
                v = shot.puffs
                puff_points.add(x, y, self._records, count, v.near_m, v.half_m, v.sums, v.busy, self._out)
            p.put(block, self._out, image)

    def _soak(self, shot: Shot, films: Films, face: NDArray[np.int32], count: int) -> None:
        film.soak(
            self._records, count, face, self.relief_m, shot.src, float(shot.view.intrinsics[1]), films.areas,
            films.first, films.films, films.uneven_m, self._noise, self._shine, self._film_index,
            self._film,
        )  # fmt: skip

    def _pucker(
        self,
        shot: Shot,
        downpour: Downpour,
        records: NDArray[np.float32],
        count: int,
        shine: NDArray[np.float32],
        depth_m: NDArray[np.float32],
    ) -> None:
        roofs = downpour.roofs
        rings.pucker(
            records, count, shine, depth_m, downpour.rings, roofs.height_m, roofs.grid, shot.src,
            float(shot.view.intrinsics[1]), self._near, self._slope_x, self._slope_y,
        )  # fmt: skip

    def _lay(self, shot: Shot, lying: Lying, face: NDArray[np.int32], count: int) -> None:
        d, r = lying.depths, lying.roofs
        snow.lie(
            self._records, count, face, self._bed.rough_m, self._bed.where, self._tread.trodden, self._tread.drawn,
            shot.src, float(shot.view.intrinsics[1]), d.deep_m, d.taken, d.areas, d.first, d.lying, r.height_m, r.grid,
            quantiles(), self._noise, self._shine,
        )  # fmt: skip
        if lying.drift is not None:
            snow.blow(
                self._records, count, face, self._bed.where, shot.src, float(shot.view.intrinsics[1]), lying.drift,
                r.height_m, r.grid, self._noise, self._shine,
            )  # fmt: skip

    def _illuminate(
        self,
        shot: Shot,
        records: NDArray[np.float32],
        count: int,
        out: NDArray[np.float32],
        x: NDArray[np.float32] | None = None,
        y: NDArray[np.float32] | None = None,
    ) -> None:
        """Shadow and light stages on a block of records; with the places of its points, those films mirror."""
        o, s = shot.occluders, shot.sources
        if s.has_sun:
            shadow.sun_visibility(records, count, o.near_map, o.far_map, o.axes, o.near, o.far)
            if o.shade.sun.size:
                puff_shade.shade_sun(records, count, o.axes, o.shade.place, o.shade.sun)
        h = o.heights
        shadow.sky_visibility(records, count, h.ground, h.cover, h.sky, h.roofed, h.shaded, h.grid)
        light.sun_and_sky(records, count, shot.src, out)
        if len(s.lamps):
            lamps.lamps(
                records, count, s.lamps, shot.src, o.lamp_maps, o.lamp_matrix, o.shade.lamps, o.shade.frames, out
            )
        if shot.wet_mirror is not None and x is not None:
            view = shot.view
            film.mirror(
                records, count, shot.src, self._shine, self._film_index, self._slope_x, self._slope_y,
                shot.wet_mirror.sums, shot.wet_mirror.level_m, view.back, view.intrinsics, x, y, out,
            )  # fmt: skip
        light.reflections_and_sky(records, count, shot.src, shot.dome, s.sky.blurred, out)

    def _add_water(
        self,
        shot: Shot,
        x: NDArray[np.float32],
        y: NDArray[np.float32],
        count: int,
        out: NDArray[np.float32],
    ) -> None:
        assert shot.water is not None
        found = water.water_layer(self._records, count, shot.src, shot.water, self._index, self._water_distance)
        if not found:
            return
        water.water_records(self._records, self._index, found, shot.src, shot.water, self._noise, self._body)
        if shot.downpour is not None:
            self._pucker(shot, shot.downpour, self._body, found, self._flood, self._flood)
        self._illuminate(shot, self._body, found, self._body_out)
        view = shot.view
        heading = view.back[:, 2].copy()
        heading[2] = 0.0
        heading /= max(math.sqrt(float((heading**2).sum())), 1e-9)
        water.compose(
            self._records, self._index, found, shot.src, shot.water, self._body, self._body_out, shot.mirror,
            shot.mirror_sums, 0.5, view.back[:, 0].copy(), heading, float(view.intrinsics[0]), x, y, out,
        )  # fmt: skip
