"""The rig at work: a snapshot becomes a labelled frame of each camera."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from simgen.errors import UserError
from simgen.labels.frame import CameraFrame
from simgen.labels.objects import ObjectLabeller
from simgen.labels.packing import pack_flow, pack_normal, pack_transmittance
from simgen.render.buffers import Buffers
from simgen.render.camera_model import CameraModel
from simgen.render.renderer import Renderer
from simgen.render.surface import Previous
from simgen.rng import Stream
from simgen.scenario import CameraSpec, Scene
from simgen.sensors.camera import CameraSensor, automatic_exposure, camera_pose
from simgen.snapshot import Cast, Snapshot

RENDERERS = ("simgen", "tiny")


def make_renderer(name: str, cast: Cast) -> Renderer:
    """The renderer called `name` for a cast.

    Raises:
        UserError: no such renderer.
    """
    if name == "simgen":
        return Renderer(cast)
    if name == "tiny":
        from simgen.render.tiny import TinyRenderer  # pybullet only where it is asked for

        return TinyRenderer(cast)
    raise UserError(f"no renderer called {name!r}; known: {', '.join(RENDERERS)}")


class Rig:
    """The cameras of a scene. A context manager: PyBullet's camera holds a client until `close`.

    Args:
        scene: whose cameras to use; its seed and index key the noise.
        cast: what the world shows.
        renderer: one of `RENDERERS`.
        cameras: names of the cameras to build; all by default.

    Raises:
        UserError: an unknown renderer or camera name.
    """

    def __init__(
        self, scene: Scene, cast: Cast, renderer: str = "simgen", cameras: Sequence[str] | None = None
    ) -> None:
        known = {c.name: c for c in scene.cameras}
        for name in cameras or ():
            if name not in known:
                raise UserError(f"the scene has no camera {name!r}; it has: {', '.join(known)}")
        self.cameras: dict[str, CameraSpec] = {n: c for n, c in known.items() if cameras is None or n in cameras}
        self._cast = cast
        self._seed, self._sample = scene.seed, scene.sample
        self._renderer = make_renderer(renderer, cast)
        self._sensors = {n: CameraSensor(c, scene.seed, scene.sample) for n, c in self.cameras.items()}
        self._models = {n: CameraModel.from_hfov(c.width, c.height, c.hfov_rad) for n, c in self.cameras.items()}
        self._previous: dict[str, Previous] = {}

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
        spec, model = self.cameras[name], self._models[name]
        pose = camera_pose(snapshot, self._cast, spec)
        wanted = set(spec.labels)
        buffers = self._renderer.render(
            snapshot,
            model,
            pose,
            previous=self._previous.get(name),
            geometry=bool(wanted & {"normal", "flow"}),
            air=bool(wanted & {"transmittance", "objects"}),
            antialias=spec.antialias,
        )
        self._previous[name] = Previous(snapshot.T_world_part, pose)
        assert buffers.radiance is not None
        if snapshot.conditions.rain.rate_mps > 0.0:
            self._rain(name, snapshot, buffers)
        rgb, exposure = self._sensors[name].expose(buffers.radiance, snapshot.tick)
        return CameraFrame(
            name=name,
            tick=snapshot.tick,
            time_s=snapshot.time_s,
            rgb=rgb,
            depth_m=buffers.depth_m if "depth" in wanted else None,
            instance=buffers.instance if "instance" in wanted else None,
            semantic=buffers.semantic if "semantic" in wanted else None,
            normal=pack_normal(buffers.normal) if "normal" in wanted and buffers.normal is not None else None,
            flow=pack_flow(buffers.flow_px) if "flow" in wanted and buffers.flow_px is not None else None,
            transmittance=(
                pack_transmittance(buffers.transmittance)
                if "transmittance" in wanted and buffers.transmittance is not None
                else None
            ),
            K=model.K,
            T_world_camera=pose,
            exposure_s=exposure.time_s,
            gain=exposure.gain,
            objects=self._labeller.table(buffers, snapshot, model, pose) if "objects" in wanted else None,
        )

    def _rain(self, name: str, snapshot: Snapshot, buffers: Buffers) -> None:
        """Streaks of drops, as long as the shutter is open for the picture without them."""
        assert buffers.radiance is not None
        spec = self.cameras[name]
        shutter_s = spec.exposure_s if spec.exposure_s > 0.0 else automatic_exposure(buffers.radiance, spec).time_s
        velocity_mps = np.zeros(3)
        if spec.actor:
            index = next(k for k, o in enumerate(self._cast.objects) if o.name == spec.actor)
            velocity_mps = snapshot.velocity_mps[index]
        stream = Stream(self._seed, self._sample, f"rain.{name}.{snapshot.tick}")
        self._renderer.add_rain(buffers, snapshot, velocity_mps, shutter_s, stream)
