"""`tools/bench growth`: what a picture costs as triangles and lamps multiply, beside PyBullet's TinyRenderer."""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Conditions, Light
from simgen.models import class_by_name
from simgen.models.families.rocks import rock
from simgen.models.geometry import mesh_of_quads
from simgen.models.palette import GRASS
from simgen.render.bullet_camera import BulletCamera
from simgen.render.camera_model import CameraModel
from simgen.render.renderer import Renderer
from simgen.render.surface import Previous
from simgen.rng import Stream
from simgen.snapshot import Cast, CastPart, Lamps, Snapshot
from tools.bench_common import interleave, machine_text

TRIANGLES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
LAMPS = (1, 4, 16, 64)
FRAMES = 4
SIZE = (640, 480)
DAY = Light(sun_elevation_rad=math.radians(38.0), sun_azimuth_rad=math.radians(60.0), clouds=0.2, natural_lx=60000.0)
NIGHT = Light(sun_elevation_rad=math.radians(-30.0), clouds=0.0, natural_lx=1e-3)


def field_of_rocks(triangles: int, light: Light, lamps: int) -> tuple[Snapshot, ...]:
    """Frames of a field with about so many triangles of rocks from 6 to 120 m ahead, and lamps on masts of 8 m.

    The rocks are scenery, which is drawn whole: what grows is what is drawn. The camera's way is in the frames' ticks.
    """
    rocks = [rock(1.0, k).parts[0].mesh for k in range(8)]
    count = max(1, round(triangles / len(rocks[0].faces)))
    u = Stream(1, 0, "rocks").array("places", 3 * count).reshape(3, count)
    ahead = 6.0 * 20.0 ** u[0]
    corners = [(-50.0, -200.0, 0.0), (400.0, -200.0, 0.0), (400.0, 200.0, 0.0), (-50.0, 200.0, 0.0)]
    ground = mesh_of_quads([corners], GRASS)
    soil, stone = class_by_name("terrain").id, class_by_name("debris").id
    parts: list[CastPart] = [CastPart(ground, soil, 0)]
    poses: list[NDArray[np.float64]] = [np.eye(4)]
    for k in range(count):
        parts.append(CastPart(rocks[k % 8], stone, 0))
        at = np.eye(4)
        at[:3, 3] = ahead[k], ahead[k] * 1.1 * (u[1, k] - 0.5), 0.0
        c, s = math.cos(6.3 * u[2, k]), math.sin(6.3 * u[2, k])
        at[:2, :2] = [[c, -s], [s, c]]
        poses.append(at)
    cast = Cast(tuple(parts), (), indoor=False)
    row = np.arange(lamps, dtype=np.float64)
    masts = np.stack([10.0 + 100.0 * row / lamps, np.where(row % 2 == 0, 5.0, -5.0), np.full(lamps, 8.0)], axis=-1)
    lit = Lamps(
        masts, np.tile([0.0, 0.0, -1.0], (lamps, 1)), np.full((lamps, 3), 4000.0), np.ones(lamps, np.uint8),
        np.full(lamps, math.cos(1.1)), np.zeros(lamps, np.uint16),
    )  # fmt: skip
    empty = np.zeros((0, 3))
    return tuple(
        Snapshot(
            cast=cast, tick=k, time_s=0.05 * k, T_world_object=np.zeros((0, 4, 4)), velocity_mps=empty,
            angular_velocity_radps=empty, submerged_fraction=np.zeros(0), conditions=Conditions(light=light),
            T_world_part=np.array(poses), part_lit=np.zeros(len(parts), np.uint8), lamps=lit,
        )
        for k in range(FRAMES)
    )  # fmt: skip


def pose(k: int) -> NDArray[np.float64]:
    """The camera at 1.5 m, a metre further every frame, looking along x and a little down."""
    down = math.radians(4.0)
    out = np.eye(4)
    forward = np.array([math.cos(down), 0.0, -math.sin(down)])
    out[:3, 0], out[:3, 2] = (0.0, -1.0, 0.0), forward
    out[:3, 1] = np.cross(forward, out[:3, 0])
    out[:3, 3] = float(k), 0.0, 1.5
    return out


class Contest:
    """Ours and PyBullet's camera on the same frames."""

    def __init__(self, frames: tuple[Snapshot, ...]) -> None:
        self._frames = frames
        self._model = CameraModel.from_hfov(*SIZE, math.radians(70.0))
        self._renderer = Renderer(frames[0].cast)
        self._bullet = BulletCamera(frames[0].cast, backs=False)

    def ours(self, k: int) -> float:
        """Everything of frame k; seconds."""
        before = Previous(self._frames[k].T_world_part, pose(k - 1))
        begin = time.perf_counter()
        self._renderer.render(self._frames[k], self._model, pose(k), previous=before, antialias=1)
        return time.perf_counter() - begin

    def tiny(self, k: int) -> float:
        """A shaded picture with a shadow; seconds."""
        begin = time.perf_counter()
        self._bullet.shaded(self._frames[k].T_world_part, self._model, pose(k), shadow=True)
        return time.perf_counter() - begin

    def row(self, repeats: int) -> str:
        """Milliseconds of both, and their ratio."""
        runs = {"ours": self.ours, "tiny": self.tiny}
        interleave(runs, FRAMES, 1, lambda: None)
        times = interleave(runs, FRAMES, repeats, lambda: None)
        self._bullet.close()
        ours, tiny = times["ours"].least_ms, times["tiny"].least_ms
        return f"{ours:9.2f} {tiny:9.1f} {tiny / ours:8.1f}x"


def drawn(frames: tuple[Snapshot, ...]) -> int:
    """Triangles of the frames' cast."""
    return sum(len(part.mesh.faces) for part in frames[0].cast.parts)


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="tools/bench growth", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="passes over the frames (default 5)")
    options = parser.parse_args()
    print(machine_text())
    print(
        f"\n{SIZE[0]}x{SIZE[1]}, one thread, least ms a frame: all buffers of ours; a shaded picture of TinyRenderer's"
    )
    print("triangles (a sunny field)      ours      Tiny    ratio")
    for triangles in TRIANGLES:
        frames = field_of_rocks(triangles, DAY, 1)
        print(f"{drawn(frames):>12,}             {Contest(frames).row(options.repeats)}")
    print("lamps (100,000 triangles, night)")
    for lamps in LAMPS:
        frames = field_of_rocks(100_000, NIGHT, lamps)
        print(f"{lamps:>12}             {Contest(frames).row(options.repeats)}")


if __name__ == "__main__":
    main()
