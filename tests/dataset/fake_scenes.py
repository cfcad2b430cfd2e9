"""A scenario and a simulation without physics: every array is a known function of (seed, scene, tick).

Importable by worker processes: the conftests put this folder on the path.
"""

from __future__ import annotations

import math
import os
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from simgen.conditions import Conditions, Fog
from simgen.dataset import Sink
from simgen.dataset.layout import CAMERA_OBJECTS
from simgen.errors import PhysicsError
from simgen.generate import frame_ticks
from simgen.labels.frame import CameraFrame
from simgen.rng import key64
from simgen.scenario.scene import ActorSpec, CameraSpec, Sampling, Scene, SiteSpec
from simgen.snapshot import Cast, CastObject, Lamps, Snapshot

FRONT = CameraSpec("front", width=32, height=24, hfov_rad=1.2, rate_hz=10.0)
SIDE = CameraSpec("side", width=16, height=8, hfov_rad=1.0, rate_hz=5.0, labels=("depth", "semantic"))


@dataclass(frozen=True)
class FakeEvent:
    time_s: float
    kind: str
    subject: str
    object: str
    value: float
    position_m: tuple[float, float, float] = (1.0, 2.0, 3.0)
    speed_mps: float = 4.5


BY_CHANCE = Sampling()


@dataclass(frozen=True)
class FakeScenario:
    """Draws scenes of three actors and two cameras; `params` reach every scene."""

    id: str = "test/fake"
    digest: str = "d0"
    description: str = "a fake"
    cameras: tuple[CameraSpec, ...] = (FRONT, SIDE)
    duration_s: float = 1.0
    params: dict[str, str | float | bool] = field(default_factory=dict)
    sampling: Sampling = BY_CHANCE

    @property
    def units(self) -> dict[str, str]:
        return {}

    def draw(self, seed: int, index: int, plan: str = "") -> Scene:
        return Scene(
            scenario_id=self.id,
            scenario_digest=self.digest,
            seed=seed,
            index=index,
            site=SiteSpec("road.straight"),
            actors=tuple(ActorSpec(n, "box", (1.0, 2.0, 0.0), 0.0) for n in ("ego", "crate", "tyre[0]")),
            conditions=Conditions(fog=Fog(mor_m=50.0 + index)),
            cameras=self.cameras,
            duration_s=self.duration_s,
            params=dict(self.params),
        )


CAST = Cast(
    parts=(),
    objects=tuple(CastObject(n, "box", 27, (1.0, 2.0, 3.0), (0.0, 0.0, 1.5), {}) for n in ("ego", "crate", "tyre[0]")),
    indoor=False,
)


def fake_frame(scene: Scene, camera: CameraSpec, tick: int) -> CameraFrame:
    """The frame that `fake_simulate` stores: asked again, it is the oracle of what a reader must return."""
    rng = np.random.Generator(np.random.PCG64(key64(scene.seed, f"{camera.name}.{tick}", scene.index)))
    h, w = camera.height, camera.width
    depth = rng.uniform(1.0, 90.0, (h, w)).astype(np.float32)
    depth[0] = np.inf
    rows = int(rng.integers(0, 4))
    objects = {
        f.name: rng.integers(0, 2 if f.name == "detectable" else 200, (rows, *f.shape)).astype(f.dtype)
        for f in CAMERA_OBJECTS
    }
    pictures = {
        "depth_m": ("depth", depth),
        "instance": ("instance", rng.integers(0, 4, (h, w), dtype=np.uint16)),
        "semantic": ("semantic", rng.integers(0, 30, (h, w), dtype=np.uint8)),
        "normal": ("normal", rng.integers(-127, 128, (h, w, 3), dtype=np.int8)),
        "flow": ("flow", rng.integers(-32768, 32767, (h, w, 2), dtype=np.int16)),
        "transmittance": ("transmittance", rng.integers(0, 256, (h, w), dtype=np.uint8)),
        "glare": ("glare", rng.integers(0, 256, (h, w), dtype=np.uint8)),
        "wetness": ("wetness", rng.integers(0, 65536, (h, w), dtype=np.uint16)),
        "lens": ("lens", rng.integers(0, 256, (h, w), dtype=np.uint8)),
        "objects": ("objects", objects),
    }
    return CameraFrame(
        name=camera.name,
        tick=tick,
        time_s=tick / scene.physics_hz,
        rgb=rng.integers(0, 256, (h, w, 3), dtype=np.uint8),
        K=np.diag([30.0 + tick, 30.0, 1.0]),
        T_world_camera=np.eye(4) + tick,
        exposure_s=0.01,
        gain=2.0,
        distortion=np.array(camera.distortion.coefficients) + tick if camera.distortion else None,
        **{name: value if label in camera.labels else None for name, (label, value) in pictures.items()},
    )


def turn(angle: float) -> np.ndarray:
    """A pose turned by `angle` about z, at (angle, 0, 1)."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0, angle], [s, c, 0, 0], [0, 0, 1, 1.0], [0, 0, 0, 1]])


def fake_snapshot(scene: Scene, tick: int) -> Snapshot:
    count = len(CAST.objects)
    return Snapshot(
        cast=CAST,
        tick=tick,
        time_s=tick / scene.physics_hz,
        T_world_part=np.empty((0, 4, 4)),
        part_lit=np.empty(0, np.uint8),
        T_world_object=np.stack([turn(0.1 * k + tick / 100) for k in range(count)]),
        velocity_mps=np.full((count, 3), float(tick)),
        angular_velocity_radps=np.full((count, 3), scene.index + 0.5),
        submerged_fraction=np.linspace(0.0, 1.0, count),
        lamps=Lamps(
            np.empty((0, 3)), np.empty((0, 3)), np.empty((0, 3)), np.empty(0, np.uint8), np.empty(0),
            np.empty(0, np.uint16),
        ),
        conditions=scene.conditions,
    )  # fmt: skip


def fake_simulate(scene: Scene, sink: Sink, renderer: str = "simgen") -> str:
    """Fill the sink. Scene params make trouble: see `_trouble`."""
    sink.begin_scene(scene)
    due = {c.name: set(frame_ticks(c, scene)) for c in scene.cameras}
    for tick in range(int(scene.duration_s * scene.physics_hz)):
        if tick % 4 == 0:
            sink.add_ego(tick, tick / scene.physics_hz, {"speed_mps": tick * 0.5, "action_steer": 0.25})
        for number, camera in enumerate(scene.cameras):
            if tick in due[camera.name]:
                if number == 0:
                    sink.add_state(fake_snapshot(scene, tick))
                sink.add_frame(fake_frame(scene, camera, tick))
        if tick == 100:
            sink.add_event(FakeEvent(tick / scene.physics_hz, "collision", "ego", f"tyre[{scene.index}]", 7.5))
            _trouble(scene)
    sink.end_scene("collision")
    return "collision"


def _trouble(scene: Scene) -> None:
    p = scene.params
    if p.get("explode") == scene.index:
        raise PhysicsError(
            f"actor 'crate' left the physical at tick 100 of scene {scene.index}",
            reason="energy",
            tick=100,
            who=("crate",),
        )
    if p.get("bug") == scene.index:
        raise ZeroDivisionError("a fault in the code")
    if p.get("full") == scene.index:
        raise OSError(28, "No space left on device")
    if p.get("suicide") == scene.index:
        os.kill(os.getpid(), signal.SIGKILL)
    if p.get("suicide_once") == scene.index:
        marker = Path(str(p["marker"]))
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if "nap_s" in p:
        time.sleep(float(p["nap_s"]))


def fake_holder(lock: object, pipe: Connection) -> None:
    """Hold on to `lock` in another process, until killed."""
    pipe.send("held")
    pipe.recv()
    assert lock is not None
