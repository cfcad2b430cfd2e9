"""The software renderer: one snapshot and one camera in, all buffers out.

pack (once) -> view -> cull, transform, raster -> labels straight from the visibility buffer
-> blocks of shading points: locate, reflect -> film -> shadow -> light -> water -> air
-> average of each pixel's points -> radiance
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simgen.errors import SimgenError
from simgen.models import class_by_name
from simgen.render.buffers import Buffers
from simgen.render.camera_model import CameraModel
from simgen.render.film import Films, Mirror, films_of, mirror_level_m, relief_of
from simgen.render.geometry import CLUSTER, Geometry, pack, surfaces
from simgen.render.glow import Glow, Volume
from simgen.render.kernels import film, glow, lamps, light, points, resolve, shadow, water
from simgen.render.kernels.media import air_labels
from simgen.render.kernels.poses import compose_poses
from simgen.render.kernels.raster import NEAR_M, SPANS, raster
from simgen.render.kernels.resolve import BLOCK
from simgen.render.kernels.transform import MOST_SAMPLES, choose_versions, cull, transform_and_project
from simgen.render.lighting import ROOM_AIR_M, Sources, gather, water_table
from simgen.render.noise import textures
from simgen.render.occluders import OccluderCache, Occluders
from simgen.render.rain import add_streaks
from simgen.render.surface import Points, Previous, Setups, Surface, TriangleSurface, to_previous_camera
from simgen.render.view import View, camera_view, mirrored
from simgen.rng import Stream
from simgen.snapshot import Cast, Snapshot

SAMPLE_OFFSETS = {1: np.zeros(1), 4: np.array([-0.125, 0.375, -0.375, 0.125])}
"""x offsets of the visibility samples in pixels; in y they are evenly spaced (a rotated grid)."""

DETAIL_PX = 0.25
"""How far the surface of a coarser version may lie from the thing's own, in pixels of the view."""


_NO_DEPTH = np.zeros((0, 0), np.float32)


@dataclass(frozen=True, eq=False)
class _Frame:
    """What the shading of one picture needs besides its points."""

    view: View
    surface: Surface
    sources: Sources
    src: NDArray[np.float32]
    occluders: Occluders
    water: NDArray[np.float32] | None
    mirror: NDArray[np.float32]
    glow: Volume | None
    films: Films | None = None
    wet_mirror: Mirror | None = None


_Number = TypeVar("_Number", np.int64, np.float32)


def _aligned(shape: tuple[int, ...], dtype: type[_Number]) -> NDArray[_Number]:
    """An empty array that starts with a line of the processor's caches, so that a vector never straddles two."""
    size = math.prod(shape)
    room = np.empty(size + 64, dtype)
    skip = -room.ctypes.data % 64 // room.itemsize
    return room[skip : skip + size].reshape(shape)


class Renderer:
    """Renders snapshots of one cast. Not thread-safe: it reuses its scratch arrays.

    Args:
        cast: everything that can be seen.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.geometry: Geometry = pack(cast)
        g = self.geometry
        self.noise = textures()
        self._occluders = OccluderCache(g)
        self._face_instance = g.part_instance[g.face_part]
        self._face_class = g.part_class[g.face_part]
        self._surfaces = surfaces(g)
        self._all_parts = np.ones(len(g.part_instance), np.bool_)
        self._no_ground = ~g.part_ground
        self._relief_m = relief_of(g)
        self._matrix = np.zeros((len(g.part_instance), 3, 4))
        self._version = np.zeros(len(g.part_instance), np.uint8)
        self._visible = np.zeros(len(g.cluster_part), np.bool_)
        self._scratch = np.empty((2, 8, 3))
        self._spans = _aligned((SPANS,), np.float32)
        self._todo = np.empty(CLUSTER + 1, np.int64)
        self._screen = np.zeros((3, g.vertices_m.shape[1]))
        self._place = np.zeros(g.vertices_m.shape[1], np.int32)
        self._triangles: dict[tuple[str, tuple[int, ...]], NDArray[np.int32]] = {}
        self._keys: dict[tuple[int, ...], NDArray[np.int64]] = {}
        self._setups: dict[str, Setups] = {}
        self._vertices: dict[str, NDArray[np.float32]] = {}
        self._records = np.empty(resolve.ROWS * BLOCK, np.float32)
        self._out = np.empty(3 * BLOCK, np.float32)
        self._body = np.empty(resolve.ROWS * BLOCK, np.float32)
        self._body_out = np.empty(3 * BLOCK, np.float32)
        self._index = np.empty(BLOCK, np.int32)
        self._last: _Frame | None = None
        self._shine = np.empty(BLOCK, np.float32)
        self._water_distance = np.empty(BLOCK, np.float32)
        self._glow = Glow()
        self._water_class = class_by_name("water").id

    def close(self) -> None:
        """Nothing to free; renderers that hold a client override it."""

    def render(
        self,
        snapshot: Snapshot,
        camera: CameraModel,
        T_world_camera: NDArray[np.float64],
        *,
        previous: Previous | None = None,
        radiance: bool = True,
        geometry: bool = True,
        air: bool = True,
        antialias: int = 4,
    ) -> Buffers:
        """All buffers of a camera at a pose (OpenCV frame in the world).

        Args:
            snapshot: the state to draw.
            camera: intrinsics.
            T_world_camera: (4, 4) pose.
            previous: the camera's previous frame; without it the flow is unknown everywhere.
            radiance: whether to make the picture.
            geometry: whether to make normals and flow.
            air: whether to make distance and transmittance.
            antialias: visibility samples a pixel of the picture, 1 or 4; labels are always at pixel centres.
        """
        view = camera_view(camera, T_world_camera)
        surface, depth, instance, semantic, version = self._see(view, snapshot, camera, T_world_camera)
        wtable = None
        is_water = np.zeros(depth.shape, np.uint8)
        water_depth = np.zeros(depth.shape, np.float32)
        state = snapshot.conditions.water
        if state is not None:
            wtable = water_table(state, snapshot.time_s)
            water.water_labels(
                depth, view.back, view.eye, view.intrinsics, wtable, np.uint8(self._water_class), instance, semantic,
                is_water, water_depth,
            )  # fmt: skip
        distance = transmittance = None
        if air:
            distance = np.empty(depth.shape, np.float32)
            transmittance = np.empty(depth.shape, np.float32)
            fog = snapshot.conditions.fog
            layer = ROOM_AIR_M if self.cast.indoor else fog.layer_top_m
            air_labels(
                depth, view.intrinsics, view.back, snapshot.conditions.extinction_per_m, layer, distance, transmittance
            )
        normal = flow = None
        image = None
        if geometry:
            normal = np.empty((*depth.shape, 3), np.float32)
            flow = np.empty((*depth.shape, 2), np.float32)
        if normal is not None and flow is not None:
            to_previous = to_previous_camera(view, snapshot, previous)
            surface.normals_and_flow(to_previous, normal, flow)
            if wtable is not None:
                up = view.to_camera[:, 2].copy()
                resolve.water_normals_and_flow(is_water, depth, up, to_previous[-1], view.intrinsics, normal, flow)
        if radiance:
            frame = self._frame(surface, view, snapshot, wtable, bool(is_water.any()))
            frame = self._wet(frame, snapshot, depth)
            image = self._picture(frame, snapshot, antialias)
            self._last = frame
        if flow is not None and previous is None:
            flow.fill(np.nan)
        return Buffers(image, depth, distance, instance, semantic, normal, flow, transmittance, water_depth, version)

    def add_rain(
        self,
        buffers: Buffers,
        snapshot: Snapshot,
        velocity_mps: NDArray[np.float64],
        shutter_s: float,
        stream: Stream,
    ) -> None:
        """Draw the streaks of the drops into the picture rendered last, once it is known how long it is exposed.

        Args:
            buffers: what `render` returned.
            snapshot: the same state.
            velocity_mps: (3,) of the camera, world frame.
            shutter_s: exposure time.
            stream: keyed by scene, camera and tick.
        """
        rain, wind, frame = snapshot.conditions.rain, snapshot.conditions.wind, self._last
        if rain.rate_mps <= 0.0 or frame is None or buffers.radiance is None:
            return
        speed_mps = wind.speed_mps * wind.profile(float(frame.view.eye[2]))
        blown = speed_mps * np.array([math.cos(wind.direction_rad), math.sin(wind.direction_rad), 0.0])
        add_streaks(
            buffers.radiance, buffers.depth_m, frame.view, frame.sources, frame.occluders, rain, blown - velocity_mps,
            shutter_s, stream,
        )  # fmt: skip

    def _see(
        self,
        view: View,
        snapshot: Snapshot,
        camera: CameraModel,
        T_world_camera: NDArray[np.float64],
    ) -> tuple[Surface, NDArray[np.float32], NDArray[np.uint16], NDArray[np.uint8], NDArray[np.uint8]]:
        """The opaque surface, z-depth, instance and semantic at the pixel centres, and the version of each part."""
        surface, depth, instance, semantic = self._rasterise(view, snapshot, "main")
        return surface, depth, instance, semantic, self._version.copy()

    def _rasterise(
        self, view: View, snapshot: Snapshot, name: str, parts: NDArray[np.bool_] | None = None
    ) -> tuple[TriangleSurface, NDArray[np.float32], NDArray[np.uint16], NDArray[np.uint8]]:
        g = self.geometry
        cam = self._project(view, snapshot, name, 1, parts)
        keys = self._raster(view, cam, SAMPLE_OFFSETS[1])
        if (name, keys.shape) not in self._triangles:
            self._triangles[name, keys.shape] = np.empty(keys.shape, np.int32)
        triangle = self._triangles[name, keys.shape]
        depth = np.empty(keys.shape, np.float32)
        instance = np.empty(keys.shape, np.uint16)
        semantic = np.empty(keys.shape, np.uint8)
        points.unpack(keys, self._face_instance, self._face_class, triangle, depth, instance, semantic)
        if name not in self._setups:
            self._setups[name] = Setups.of(len(g.faces))
        self._setups[name].clear()
        surface = TriangleSurface(g, self.noise, view, snapshot, cam, triangle, self._setups[name])
        return surface, depth, instance, semantic

    def _project(
        self, view: View, snapshot: Snapshot, name: str, samples: int, parts: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float32]:
        g = self.geometry
        extent = np.array([view.height, view.width]) * samples
        if extent.max() > MOST_SAMPLES:
            raise SimgenError(
                f"a picture of {view.width}x{view.height} with {samples} samples a pixel is too large: at most "
                f"{MOST_SAMPLES} columns and as many rows of samples"
            )
        compose_poses(view.to_camera, snapshot.T_world_part, self._matrix)
        choose_versions(
            g.part_sphere, g.part_error_m, self._matrix, 0.0, DETAIL_PX / float(view.intrinsics[0]), self._version
        )
        cull(
            g.cluster_center_m, g.cluster_radius_m, g.cluster_part, g.cluster_version, self._matrix, view.planes,
            self._all_parts if parts is None else parts, self._version, self._visible,
        )  # fmt: skip
        if name not in self._vertices:
            self._vertices[name] = np.zeros((3, g.vertices_m.shape[1]), np.float32)
        out = self._vertices[name]
        transform_and_project(
            g.vertices_m, g.cluster_vertices, g.cluster_part, self._visible, self._matrix, view.intrinsics, NEAR_M,
            samples, extent, out, self._screen, self._place,
        )  # fmt: skip
        return out

    def _raster(self, view: View, cam: NDArray[np.float32], offsets: NDArray[np.float64]) -> NDArray[np.int64]:
        g = self.geometry
        shape = (view.height, view.width) if len(offsets) == 1 else (view.height, (view.width + 1) // 2, 8)
        if shape not in self._keys:
            self._keys[shape] = _aligned(shape, np.int64)
        keys = self._keys[shape]  # kept: fresh pages would cost more than the rasterizer's own writes
        keys.fill(0)
        raster(
            cam, self._screen, self._place, g.faces, g.cluster_faces, g.cluster_closed, self._visible, view.intrinsics,
            view.mirror, view.clip, offsets, self._scratch, self._spans, self._todo, _NO_DEPTH, keys,
        )  # fmt: skip
        return keys

    def _frame(
        self, surface: Surface, view: View, snapshot: Snapshot, wtable: NDArray[np.float32] | None, wet: bool
    ) -> _Frame:
        sources = gather(snapshot, view.eye)
        occluders = self._occluders.build(sources, snapshot, view)
        volume = self._glow.build(sources, occluders, view, snapshot.conditions.fog)
        frame = _Frame(
            view,
            surface,
            sources,
            sources.with_eye(view.eye),
            occluders,
            None,
            np.zeros((2, 2, 3), np.float32),
            volume,
        )
        if wtable is None:
            return frame
        mirror = self._mirror(frame, snapshot, float(wtable[water.LEVEL])) if wet else frame.mirror
        return replace(frame, water=wtable, mirror=mirror)

    def _wet(self, frame: _Frame, snapshot: Snapshot, depth_m: NDArray[np.float32]) -> _Frame:
        """The frame with the films on the ground and what they mirror.

        Lamps shine on wet ground in the light stage, which knows how the relief spreads them; here they are dark.
        """
        films = films_of(snapshot.conditions.surface, self.cast.indoor)
        if films is None:
            return frame
        frame = replace(frame, films=films)
        level_m = mirror_level_m(films, self._relief_m, frame.view, depth_m, frame.surface.face)
        if level_m is None:
            return frame
        image = self._mirror(replace(frame, films=None, water=None), snapshot, level_m, ground=False)
        sums = np.empty((image.shape[0] + 1, *image.shape[1:]))
        film.sum_columns(image, sums)
        return replace(frame, wet_mirror=Mirror(level_m, sums))

    def _mirror(self, frame: _Frame, snapshot: Snapshot, level_m: float, *, ground: bool = True) -> NDArray[np.float32]:
        """Radiance of the world turned upside down at a plane, at half resolution, without the air before it.

        Without `ground`, what stands on the ground, and nothing that shines of itself.
        """
        view = frame.view
        fx, fy, cx, cy = view.intrinsics
        w, h = (view.width + 1) // 2, (view.height + 1) // 2
        half = CameraModel(w, h, fx / 2, fy / 2, (cx + 0.5) / 2 - 0.5, (cy + 0.5) / 2 - 0.5)
        below = mirrored(view, half, level_m)
        surface, *_ = self._rasterise(below, snapshot, "mirror", None if ground else self._no_ground)
        turned = replace(frame, view=below, surface=surface, src=frame.sources.with_eye(below.eye), glow=None)
        image = np.empty((w * h, 3), np.float32)
        self._light_points(turned, Points.centers(surface.face), image, mirror_level_m=level_m, dark=not ground)
        return image.reshape(h, w, 3)

    def _picture(self, frame: _Frame, snapshot: Snapshot, antialias: int) -> NDArray[np.float32]:
        """Radiance (H, W, 3)."""
        face = frame.surface.face
        centers = Points.centers(face)
        image = np.empty((face.size, 3), np.float32)
        extra = None
        if antialias > 1 and isinstance(frame.surface, TriangleSurface):
            extra = self._extra(frame.surface, snapshot, centers, antialias)
        self._light_points(frame, centers, image)
        if extra is not None:
            self._light_points(frame, extra, image)
        return image.reshape(*face.shape, 3)

    def _extra(self, surface: TriangleSurface, snapshot: Snapshot, centers: Points, antialias: int) -> Points:
        """The further points of edge pixels; lowers the weights of the centres by their shares."""
        offsets = SAMPLE_OFFSETS[antialias]
        self._project(surface.view, snapshot, "main", antialias)
        samples = self._raster(surface.view, surface.camera, offsets).reshape(surface.view.height, -1, antialias)
        differing = np.empty(surface.face.shape[1] + 1, np.int64)
        capacity = surface.face.size // 2
        while True:
            p = Points.room_for(capacity)
            found = points.extra_points(
                surface.face, samples, offsets, self._surfaces, differing, centers.weight, p.pixel, p.x, p.y, p.face,
                p.weight,
            )  # fmt: skip
            if found <= capacity:
                return p.first(found)
            capacity = found

    def _light_points(
        self,
        frame: _Frame,
        p: Points,
        image: NDArray[np.float32],
        *,
        mirror_level_m: float | None = None,
        dark: bool = False,
    ) -> None:
        """Radiance of all points, block by block, into `image` (N, 3)."""
        for a in range(0, len(p.face), BLOCK):
            b = min(a + BLOCK, len(p.face))
            count = b - a
            frame.surface.resolve(p, a, b, self._records)
            if dark:
                for emission in (resolve.ER, resolve.EG, resolve.EB):
                    self._records[emission : emission + count] = 0.0
            if frame.films is not None:
                self._soak(frame, frame.films, p.face[a:b], count)
            self._illuminate(frame, self._records, count, self._out, p.x[a:b], p.y[a:b])
            if frame.water is not None:
                self._add_water(frame, p.x[a:b], p.y[a:b], count, self._out)
            if mirror_level_m is not None:
                water.skip_air_before(self._records, count, frame.src, np.float32(mirror_level_m))
            light.air(self._records, count, frame.src, self._out)
            if frame.glow is not None:
                g = frame.glow
                glow.add(p.x[a:b], p.y[a:b], self._records, count, frame.src, g.light, g.busy, self._out)
            (points.add if p.extra else points.store)(self._out, count, p.weight[a:b], p.pixel[a:b], image)

    def _soak(self, frame: _Frame, films: Films, face: NDArray[np.int32], count: int) -> None:
        film.soak(
            self._records, count, face, self._relief_m, frame.src, float(frame.view.intrinsics[1]), films.areas,
            films.first, films.films, films.uneven_m, self.noise, self._shine,
        )  # fmt: skip

    def _illuminate(
        self,
        frame: _Frame,
        records: NDArray[np.float32],
        count: int,
        out: NDArray[np.float32],
        x: NDArray[np.float32] | None = None,
        y: NDArray[np.float32] | None = None,
    ) -> None:
        """Shadow and light stages on a block of records; with the places of its points, those films mirror."""
        o, s = frame.occluders, frame.sources
        if s.has_sun:
            shadow.sun_visibility(records, count, o.near_map, o.far_map, o.axes, o.near, o.far)
        h = o.heights
        shadow.sky_visibility(records, count, h.ground, h.cover, h.sky, h.roofed, h.shaded, h.grid)
        light.sun_and_sky(records, count, frame.src, out)
        if len(s.lamps):
            lamps.lamps(records, count, s.lamps, frame.src, o.lamp_maps, o.lamp_matrix, out)
        if frame.wet_mirror is not None and x is not None:
            view = frame.view
            film.mirror(
                records, count, frame.src, self._shine, frame.wet_mirror.sums, frame.wet_mirror.level_m, view.back,
                view.intrinsics, x, y, out,
            )  # fmt: skip
        light.reflections_and_sky(records, count, frame.src, s.sky.sharp, s.sky.blurred, out)

    def _add_water(
        self,
        frame: _Frame,
        x: NDArray[np.float32],
        y: NDArray[np.float32],
        count: int,
        out: NDArray[np.float32],
    ) -> None:
        assert frame.water is not None
        found = water.water_layer(self._records, count, frame.src, frame.water, self._index, self._water_distance)
        if not found:
            return
        water.water_records(self._records, self._index, found, frame.src, frame.water, self.noise, self._body)
        self._illuminate(frame, self._body, found, self._body_out)
        view = frame.view
        heading = view.back[:, 2].copy()
        heading[2] = 0.0
        heading /= max(math.sqrt(float((heading**2).sum())), 1e-9)
        water.compose(
            self._records, self._index, found, frame.src, frame.water, self._body, self._body_out, frame.mirror,
            0.5, view.back[:, 0].copy(), heading, float(view.intrinsics[0]), x, y, out,
        )  # fmt: skip
