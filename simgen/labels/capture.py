"""The rig at work: a snapshot becomes a labelled frame of each camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simgen.errors import UserError
from simgen.labels.frame import CameraFrame
from simgen.labels.objects import ObjectLabeller
from simgen.labels.packing import pack_film, pack_flow, pack_normal, pack_share
from simgen.render.buffers import Buffers
from simgen.render.camera_model import CameraModel
from simgen.render.renderer import Renderer
from simgen.render.surface import Previous
from simgen.rng import Stream
from simgen.scenario import CameraSpec, Scene
from simgen.sensors.camera import CameraSensor, camera_pose
from simgen.sensors.exposure import Exposure
from simgen.sensors.glass import Glass, toward_mps
from simgen.sensors.motion import motion_blurred, moved_back
from simgen.sensors.optics import Lens
from simgen.sensors.sun import disc_window, with_disc
from simgen.snapshot import Cast, Snapshot

RENDERERS = ("simgen", "tiny", "egl")


def make_renderer(name: str, cast: Cast) -> Renderer:
    """The renderer called `name` for a cast.

    Raises:
        UserError: no such renderer.
        SimgenError: it cannot draw here (see `simgen.render.bullet_camera`).
    """
    if name == "simgen":
        return Renderer(cast)
    if name in RENDERERS:
        from simgen.render.bullet_renderer import BulletRenderer  # pybullet only where it is asked for

        return BulletRenderer(cast, egl=name == "egl")
    raise UserError(f"no renderer called {name!r}; known: {', '.join(RENDERERS)}")


@dataclass(frozen=True, eq=False)
class _Light:
    """The light of a frame, (H, W, 3) float32 in cd/m2 at each stage.

    Attributes:
        exposure: of the frame.
        soiled: behind what lies on the glass; seen: behind the lens; gathered: over the exposure.
        share: (H, W) of the light that came through drops or dirt; None without a glass that has any.
    """

    exposure: Exposure
    soiled: NDArray[np.float32]
    seen: NDArray[np.float32]
    gathered: NDArray[np.float32]
    share: NDArray[np.float32] | None


class Rig:
    """The cameras of a scene. A context manager: PyBullet's camera holds a client until `close`.

    Args:
        scene: whose cameras to use; its seed and index key the noise.
        cast: what the world shows.
        renderer: one of `RENDERERS`.
        cameras: names of the cameras to build; all by default.

    Raises:
        UserError: an unknown renderer or camera name, or a lens that can make no picture of the camera's size.
    """

    def __init__(
        self, scene: Scene, cast: Cast, renderer: str = "simgen", cameras: Sequence[str] | None = None
    ) -> None:
        known = {c.name: c for c in scene.cameras}
        for name in cameras or ():
            if name not in known:
                raise UserError(f"the scene has no camera {name!r}; it has: {', '.join(known)}")
        self.cameras: dict[str, CameraSpec] = {n: c for n, c in known.items() if cameras is None or n in cameras}
        for name, c in self.cameras.items():
            fault = c.distortion.fault(c.width, c.height, c.hfov_rad)
            if fault:
                raise UserError(f"the camera {name!r} of {c.width}x{c.height} pixels: {fault}")
        self._cast = cast
        self._seed, self._sample = scene.seed, scene.sample
        self._renderer = make_renderer(renderer, cast)
        self._sensors = {
            n: CameraSensor(c, scene.seed, scene.sample, scene.scenario_id) for n, c in self.cameras.items()
        }
        self._models = {
            n: CameraModel.from_hfov(c.width, c.height, c.hfov_rad, c.distortion) for n, c in self.cameras.items()
        }
        self._lenses = {n: Lens(c, self._models[n]) for n, c in self.cameras.items()}
        self._glasses = {
            n: Glass(c, self._models[n], Stream(scene.seed, scene.sample, f"glass.{n}"), toward_mps(c, scene, cast))
            for n, c in self.cameras.items()
            if c.glass
        }
        self._previous: dict[str, Previous] = {}
        self._previous_s: dict[str, float] = {}

    @cached_property
    def _labeller(self) -> ObjectLabeller:
        return ObjectLabeller(self._cast)

    def close(self) -> None:
        """Free what the renderer holds; idempotent."""
        self._renderer.close()

    def __enter__(self) -> Rig:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def capture(self, name: str, snapshot: Snapshot) -> CameraFrame:
        """A frame of the camera `name`; its flow refers to the frame captured before."""
        spec, model, lens = self.cameras[name], self._models[name], self._lenses[name]
        pose = camera_pose(snapshot, self._cast, spec)
        wanted = set(spec.labels)
        disc = disc_window(snapshot, model, pose)
        before = self._previous.get(name)
        buffers = self._renderer.render(
            snapshot,
            model,
            pose,
            previous=before if before or not spec.motion_blur else self._coasting(name, snapshot),
            geometry=spec.motion_blur or bool(wanted & {"normal", "flow"}),
            air=disc is not None or bool(wanted & {"transmittance", "objects"}),
            antialias=spec.antialias,
            wetness="wetness" in wanted,
        )
        self._previous[name] = Previous(snapshot.T_world_part, pose)
        light = self._light(name, buffers, snapshot, pose, sun_in_picture=disc is not None)
        self._previous_s[name] = snapshot.time_s
        return CameraFrame(
            name=name,
            tick=snapshot.tick,
            time_s=snapshot.time_s,
            rgb=self._sensors[name].picture(light.gathered, light.exposure, snapshot.tick),
            depth_m=buffers.depth_m if "depth" in wanted else None,
            instance=buffers.instance if "instance" in wanted else None,
            semantic=buffers.semantic if "semantic" in wanted else None,
            normal=pack_normal(buffers.normal) if "normal" in wanted and buffers.normal is not None else None,
            flow=self._flow(buffers, known=before is not None) if "flow" in wanted else None,
            transmittance=(
                pack_share(buffers.transmittance)
                if "transmittance" in wanted and buffers.transmittance is not None
                else None
            ),
            glare=pack_share(lens.veil_share(light.soiled, light.seen)) if "glare" in wanted else None,
            wetness=pack_film(buffers.wetness_m) if buffers.wetness_m is not None else None,
            lens=self._lens_share(light.share, model) if "lens" in wanted else None,
            K=model.K,
            distortion=np.array(spec.distortion.coefficients) if spec.distortion else None,
            T_world_camera=pose,
            exposure_s=light.exposure.time_s,
            gain=light.exposure.gain,
            objects=self._labeller.table(buffers, snapshot, model, pose) if "objects" in wanted else None,
        )

    def _light(
        self, name: str, buffers: Buffers, snapshot: Snapshot, pose: NDArray[np.float64], *, sun_in_picture: bool
    ) -> _Light:
        """The light of a frame on its way from the scene to the sensor."""
        lens, glass = self._lenses[name], self._glasses.get(name)
        rain, time_s = snapshot.conditions.rain, snapshot.time_s

        def scene(*, disc: bool = True) -> NDArray[np.float32]:
            assert buffers.radiance is not None
            return (
                with_disc(buffers, snapshot, self._models[name], pose) if disc and sun_in_picture else buffers.radiance
            )

        sent = scene(disc=lens.scatters)  # what the disc saturates tells no exposure; its veil does
        soiled, share = glass.through(sent, rain, time_s) if glass else (sent, None)
        seen = lens.through(soiled)
        exposure = self._sensors[name].settle(seen, time_s)
        falls = max(rain.rate_mps, snapshot.conditions.snow.rate_mps) > 0.0
        if falls:  # drawn once it is known how long the shutter is open
            self._fall(name, snapshot, buffers, exposure.time_s)
        whole = scene() if falls or not lens.scatters else sent
        changed = falls or whole is not sent
        sent = whole
        if glass is None:
            soiled = sent
            seen = lens.through(soiled) if changed else seen
            return _Light(exposure, soiled, seen, self._gathered(name, seen, buffers, exposure, time_s), None)
        # What lies on the glass stands still while the scene behind it moves.
        moved = self._gathered(name, sent, buffers, exposure, time_s)
        if changed or moved is not sent:
            soiled, share = glass.through(moved, rain, time_s)
            seen = lens.through(soiled)
        return _Light(exposure, soiled, seen, seen, share)

    def _lens_share(self, share: NDArray[np.float32] | None, model: CameraModel) -> NDArray[np.uint8]:
        """The label of what lies on the glass; zeros where nothing does."""
        return pack_share(np.zeros((model.height, model.width), np.float32) if share is None else share)

    def _gathered(
        self, name: str, seen: NDArray[np.float32], buffers: Buffers, exposure: Exposure, time_s: float
    ) -> NDArray[np.float32]:
        """What falls on the sensor over the exposure, from what falls on it at the moment of the frame."""
        spec = self.cameras[name]
        if not spec.motion_blur or buffers.flow_px is None:
            return seen
        interval_s = time_s - self._previous_s.get(name, time_s - 1.0 / spec.rate_hz)
        share = exposure.time_s / interval_s if interval_s > 0.0 else 0.0  # the same moment again: nothing has moved
        return motion_blurred(seen, buffers.depth_m, buffers.flow_px, share)

    def _coasting(self, name: str, snapshot: Snapshot) -> Previous:
        """The frame before the first, for the blur alone: all has moved as it does now."""
        spec = self.cameras[name]
        earlier = moved_back(snapshot, 1.0 / spec.rate_hz)
        return Previous(earlier.T_world_part, camera_pose(earlier, self._cast, spec))

    def _flow(self, buffers: Buffers, *, known: bool) -> NDArray[np.int16]:
        """The label of the flow, unknown on the first frame."""
        assert buffers.flow_px is not None
        return pack_flow(buffers.flow_px if known else np.full_like(buffers.flow_px, np.nan))

    def _fall(self, name: str, snapshot: Snapshot, buffers: Buffers, shutter_s: float) -> None:
        """Drops and flakes, drawn out as long as the shutter is open for the picture without them."""
        spec = self.cameras[name]
        velocity_mps = np.zeros(3)
        if spec.actor:
            index = next(k for k, o in enumerate(self._cast.objects) if o.name == spec.actor)
            velocity_mps = snapshot.velocity_mps[index]
        stream = Stream(self._seed, self._sample, f"rain.{name}.{snapshot.tick}")
        self._renderer.add_falling(buffers, snapshot, self._models[name], velocity_mps, shutter_s, stream)
