"""The software renderer: one snapshot and one camera in, all buffers out.

pack (once) -> view -> cull, transform, raster -> labels straight from the visibility buffer
-> blocks of points are shaded -> average of each pixel's points -> radiance
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Conditions
from simgen.models import class_by_name
from simgen.render.buffers import Buffers
from simgen.render.camera_model import CameraModel
from simgen.render.damp import Downpour, rain_of, takes_of
from simgen.render.distorted import render_distorted
from simgen.render.film import Mirror, films_of, mirror_level_m, relief_of, summed
from simgen.render.geometry import Geometry, pack
from simgen.render.glow import Glow
from simgen.render.kernels import resolve, water
from simgen.render.kernels.media import air_labels
from simgen.render.lens_map import NOWHERE, lens_map
from simgen.render.lighting import ROOM_AIR_M, Sources, gather, water_table
from simgen.render.occluders import OccluderCache, Occluders
from simgen.render.puffs import PuffVolume, PuffVolumes
from simgen.render.rain import add_streaks
from simgen.render.rings import ring_table
from simgen.render.shading import Lying, Shading, Shot
from simgen.render.snow import Roofs, bed_of, depths_of, drift_of, roofs_of
from simgen.render.snowfall import add_flakes
from simgen.render.surface import Centers, Motion, Previous, Sighting, Surface, TriangleSurface, to_previous_camera
from simgen.render.view import View, camera_view, mirrored
from simgen.render.visibility import Visibility
from simgen.rng import Stream
from simgen.snapshot import Cast, Snapshot


@dataclass(frozen=True, eq=False)
class Layers:
    """What lies before the opaque surface of a view, (H, W) each.

    Attributes:
        water: the table of `kernels.water`, None without water.
        is_water: uint8, where the labels describe the water surface.
        water_depth_m, distance_m, transmittance: see `Buffers`.
    """

    water: NDArray[np.float32] | None
    is_water: NDArray[np.uint8]
    water_depth_m: NDArray[np.float32]
    distance_m: NDArray[np.float32] | None
    transmittance: NDArray[np.float32] | None


class Renderer:
    """Renders snapshots of one cast. Not thread-safe: it reuses its scratch arrays.

    Args:
        cast: everything that can be seen.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.geometry: Geometry = pack(cast)
        self.visibility = Visibility(self.geometry)
        g = self.geometry
        self.shading = Shading(lambda: relief_of(g), lambda: bed_of(g, cast), lambda: takes_of(g))
        self._occluders = OccluderCache(self.geometry)
        self._no_ground = ~self.geometry.part_ground
        self._glow = Glow()
        self._puffs = PuffVolumes()
        self._water_class = class_by_name("water").id
        ids, classes = (*g.part_instance, 0, 0), (*g.part_class, 0, self._water_class)
        self.identity = np.stack([ids, classes], axis=1).astype(np.uint16)
        """(P + 2, 2) instance and class of every part, of nothing, and of water."""
        self._roofs: Roofs | None = None  # found when snow first lies or rain falls
        self._last: tuple[Shot, ...] = ()

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
        wetness: bool = False,
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
            wetness: whether to tell the films on the ground and on what stands in the rain; only with the picture.
        """
        if camera.distortion:
            buffers, self._last = render_distorted(
                self, snapshot, camera, T_world_camera, previous=previous, radiance=radiance, geometry=geometry,
                air=air, antialias=antialias, wetness=wetness,
            )  # fmt: skip
            return buffers
        view = camera_view(camera, T_world_camera)
        surface, depth, instance, semantic, version = self.see(view, snapshot, "main")
        lights = self.lights(view, snapshot) if radiance else None
        puffs = self.floating(view, snapshot, depth, lights[0] if lights is not None else None)
        layers = self.layers(view, snapshot, depth, instance, semantic, puffs, air=air)
        is_water = layers.is_water
        motion = image = None
        film = np.zeros(depth.shape, np.float32) if wetness and radiance else None
        if geometry:
            to_previous = to_previous_camera(view, snapshot, previous)
            normal, flow = np.empty((*depth.shape, 3), np.float32), np.empty((*depth.shape, 2), np.float32)
            motion = Motion(to_previous, normal, flow)
        if lights is not None:
            shot = self.shot(surface, view, snapshot, lights, layers, puffs)
            shot = self.wet(shot, snapshot, surface, depth)
            image = self._picture(shot, snapshot, antialias, film, motion)
            if film is not None:
                film[is_water != 0] = 0.0
            self._last = (shot,)
        elif motion is not None:
            surface.normals_and_flow(motion)
        if motion is not None and layers.water is not None:
            up = view.to_camera[:, 2].copy()
            resolve.water_normals_and_flow(
                is_water, depth, up, motion.to_previous[-1], view.intrinsics, motion.normal, motion.flow
            )
        if motion is not None and previous is None:
            motion.flow.fill(np.nan)
        return Buffers(
            image, depth, layers.distance_m, instance, semantic, None if motion is None else motion.normal,
            None if motion is None else motion.flow, layers.transmittance, layers.water_depth_m, version, film,
        )  # fmt: skip

    def add_falling(
        self,
        buffers: Buffers,
        snapshot: Snapshot,
        camera: CameraModel,
        velocity_mps: NDArray[np.float64],
        shutter_s: float,
        stream: Stream,
    ) -> None:
        """Draw drops and flakes into the picture rendered last, once it is known how long it is exposed.

        Args:
            buffers: what `render` returned.
            snapshot, camera: the same.
            velocity_mps: (3,) of the camera, world frame.
            shutter_s: exposure time.
            stream: keyed by scene, camera and tick.
        """
        rain, snow, wind = snapshot.conditions.rain, snapshot.conditions.snow, snapshot.conditions.wind
        if (rain.rate_mps <= 0.0 and snow.rate_mps <= 0.0) or not self._last or buffers.radiance is None:
            return
        speed_mps = wind.speed_mps * wind.profile(float(self._last[0].view.eye[2]))
        blown = speed_mps * np.array([math.cos(wind.direction_rad), math.sin(wind.direction_rad), 0.0])
        for k, shot in enumerate(self._last):  # one, or the faces of a lens
            into = buffers.radiance, buffers.depth_m, shot.view, camera.lens, shot.turn, shot.sources, shot.occluders
            keyed = stream.child(f"face{k}") if k else stream
            if rain.rate_mps > 0.0:
                add_streaks(*into, rain, blown - velocity_mps, shutter_s, keyed)
            if snow.rate_mps > 0.0:
                add_flakes(*into, snow, blown - velocity_mps, shutter_s, keyed)
        if camera.distortion:
            buffers.radiance.reshape(-1, 3)[lens_map(camera).face == NOWHERE] = 0.0

    def see(
        self, view: View, snapshot: Snapshot, name: str, *, maps: bool = True, version: NDArray[np.uint8] | None = None
    ) -> Sighting:
        """What a view sees.

        What is seen under a name is overwritten by what is seen under the same. Without `maps`, depth, instance and
        semantic may be empty; `version` is as in `Visibility.see`.
        """
        surface, depth, instance, semantic = self.visibility.see(view, snapshot, name, maps=maps, version=version)
        return Sighting(surface, depth, instance, semantic, self.visibility.version.copy())

    def covers(self, snapshot: Snapshot) -> bool:
        """Whether anything lies on or floats before what is seen: water, films, puffs."""
        c = snapshot.conditions
        return c.water is not None or len(snapshot.puffs) > 0 or films_of(c.surface, self.cast.indoor) is not None

    def layers(
        self,
        view: View,
        snapshot: Snapshot,
        depth: NDArray[np.float32],
        instance: NDArray[np.uint16],
        semantic: NDArray[np.uint8],
        puffs: PuffVolume | None,
        *,
        air: bool,
    ) -> Layers:
        """Water and air before the opaque surface; where water hides it the labels become those of the water."""
        is_water = np.zeros(depth.shape, np.uint8)
        water_depth = np.zeros(depth.shape, np.float32)
        wtable = None
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
            air_labels(depth, view.intrinsics, view.back, self.air(view, snapshot.conditions), distance, transmittance)
            if puffs is not None:
                puffs.fade(distance, transmittance)
        return Layers(wtable, is_water, water_depth, distance, transmittance)

    def lights(self, view: View, snapshot: Snapshot) -> tuple[Sources, Occluders]:
        """The light of the scene, and what stands in its way to what a view sees."""
        sources = gather(snapshot, view.eye)
        return sources, self._occluders.build(sources, snapshot, view)

    def floating(
        self, view: View, snapshot: Snapshot, depth_m: NDArray[np.float32] | None, sources: Sources | None
    ) -> PuffVolume | None:
        """The puffs before what a view sees, as `PuffVolumes.build` has them; valid until the next call."""
        return self._puffs.build(snapshot.puffs, view, depth_m, sources)

    def air(self, view: View, conditions: Conditions) -> NDArray[np.float32]:
        """(4,) the air before an eye without its puffs, as `kernels.through.labels` takes it."""
        fog, extinction_per_m, thinning, per_height = conditions.fog, conditions.extinction_per_m, 0.0, 0.0
        layer_m = ROOM_AIR_M if self.cast.indoor else fog.layer_top_m
        if not math.isinf(fog.scale_height_m) and extinction_per_m > 0.0:
            thin = fog.extinction_per_m * math.exp(-float(view.eye[2]) / fog.scale_height_m)
            extinction_per_m = conditions.rain.extinction_per_m + conditions.snow.extinction_per_m + thin
            thinning, per_height = thin / extinction_per_m, 1.0 / fog.scale_height_m
        return np.array([extinction_per_m, layer_m, thinning, per_height], np.float32)

    def shot(
        self,
        surface: Surface,
        view: View,
        snapshot: Snapshot,
        lights: tuple[Sources, Occluders],
        layers: Layers,
        puffs: PuffVolume | None,
    ) -> Shot:
        """What shading a picture takes; what it holds of the air's glow is valid until the next call."""
        sources, occluders = lights
        volume = self._glow.build(sources, occluders, view, snapshot.conditions)
        shot = Shot(
            view,
            surface,
            sources,
            sources.with_eye(view.eye),
            sources.sky.seen(1.0 / float(view.intrinsics[0])),
            occluders,
            None,
            np.zeros((2, 2, 3), np.float32),
            volume,
            puffs=puffs,
        )
        depths = depths_of(snapshot.conditions)
        if depths is not None:
            self._roofs = self._roofs or roofs_of(self.geometry)
            shot = replace(shot, snow=Lying(depths, self._roofs, drift_of(snapshot.conditions, snapshot.time_s)))
        c = snapshot.conditions
        if c.rain.rate_mps > 0.0 and not self.cast.indoor:
            self._roofs = self._roofs or roofs_of(self.geometry)
            shot = replace(shot, downpour=Downpour(rain_of(c), self._roofs, ring_table(c.rain, snapshot.time_s)))
        if layers.water is None:
            return shot
        wet = bool(layers.is_water.any())
        mirror = self._mirror(shot, snapshot, float(layers.water[water.LEVEL])) if wet else shot.mirror
        sums = summed(mirror) if wet and shot.downpour is not None else shot.mirror_sums
        return replace(shot, water=layers.water, mirror=mirror, mirror_sums=sums)

    def wet(self, shot: Shot, snapshot: Snapshot, seen: Surface, depth_m: NDArray[np.float32]) -> Shot:
        """The shot with the films on the ground and what they mirror; `seen` and `depth_m` tell where ground is.

        Lamps shine on wet ground in the light stage, which knows how the relief spreads them; here they are dark.
        """
        films = films_of(snapshot.conditions.surface, self.cast.indoor)
        if films is None:
            return shot
        shot = replace(shot, films=films)
        level_m = mirror_level_m(films, self.shading.relief_m, seen.view, depth_m, seen.face)
        if level_m is None:
            return shot
        image = self._mirror(replace(shot, films=None, water=None), snapshot, level_m, ground=False)
        return replace(shot, wet_mirror=Mirror(level_m, summed(image)))

    def _mirror(self, shot: Shot, snapshot: Snapshot, level_m: float, *, ground: bool = True) -> NDArray[np.float32]:
        """Radiance of the world turned upside down at a plane, at half resolution, without the air before it.

        Without `ground`, what stands on the ground, and nothing that shines of itself.
        """
        view = shot.view
        fx, fy, cx, cy = view.intrinsics
        w, h = (view.width + 1) // 2, (view.height + 1) // 2
        half = CameraModel(w, h, fx / 2, fy / 2, (cx + 0.5) / 2 - 0.5, (cy + 0.5) / 2 - 0.5)
        below = mirrored(view, half, level_m)
        surface, *_ = self.visibility.see(below, snapshot, "mirror", None if ground else self._no_ground)
        turned = replace(shot, view=below, surface=surface, src=shot.sources.with_eye(below.eye), glow=None, puffs=None)
        image = np.empty((w * h, 3), np.float32)
        self.shading.light(turned, Centers.of(surface.face), image, mirror_level_m=level_m, dark=not ground)
        return image.reshape(h, w, 3)

    def _picture(
        self,
        shot: Shot,
        snapshot: Snapshot,
        antialias: int,
        wetness: NDArray[np.float32] | None,
        motion: Motion | None,
    ) -> NDArray[np.float32]:
        """Radiance (H, W, 3); writes the films on the ground into `wetness` (H, W) where it is given, and `motion`."""
        face = shot.surface.face
        several = antialias > 1 and isinstance(shot.surface, TriangleSurface)
        centers = Centers.of(face, weighted=several)
        image = np.empty((face.size, 3), np.float32)
        extra = None
        if antialias > 1 and isinstance(shot.surface, TriangleSurface):
            extra = self.visibility.edges(shot.surface, snapshot, centers, antialias)
        self.shading.light(
            shot, centers, image, wetness=None if wetness is None else wetness.reshape(-1), motion=motion
        )
        if extra is not None:
            self.shading.light(shot, extra, image)
        return image.reshape(*face.shape, 3)
