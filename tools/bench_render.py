"""`tools/bench render`: our renderer and labels against PyBullet's TinyRenderer, on the same frames in turn."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pybullet

from simgen.labels import capture
from simgen.labels.capture import Rig
from simgen.labels.objects import ObjectLabeller
from simgen.render.bullet_camera import BulletCamera
from simgen.render.bullet_renderer import plain
from simgen.render.occluders import OccluderCache
from simgen.render.renderer import Renderer
from simgen.render.surface import Previous
from simgen.scenario import Scene
from simgen.sensors import exposure
from simgen.sensors.camera import CameraSensor, camera_pose
from tools.bench_common import (
    EVERYTHING,
    PICKS,
    StageClock,
    Take,
    Timing,
    draw,
    film,
    interleave,
    machine_text,
    pinhole,
    resized,
    stage_table,
    staged,
    triangles,
)
from tools.bench_peers import THREADS, mujoco_ms

SIZES = ((128, 128), (640, 480))
FRAMES = 6
PLAIN, SHADOWED = "TinyRenderer", "TinyRenderer, shadow"
MASKS, GEOMETRY, ALL, SMOOTH = "a", "b", "c", "d"
TITLES = {
    MASKS: "depth, instance, semantic, visible boxes",
    GEOMETRY: "  and normals, flow",
    ALL: "lit, shadowed, noisy RGB and all labels",
    SMOOTH: "  the same, 4 samples a pixel",
}
PEER = {MASKS: PLAIN, GEOMETRY: PLAIN, ALL: SHADOWED, SMOOTH: SHADOWED}
TARGETS = {
    (MASKS, (640, 480)): 20.0,
    (GEOMETRY, (640, 480)): 8.0,
    (ALL, (640, 480)): 6.0,
    (ALL, (128, 128)): 8.0,
}
"""Least ratio of the peer's time to ours."""
PACKAGES = ("simgen.render", "simgen.labels", "simgen.sensors")
SCOPES: Mapping[str, tuple[object, str]] = {
    "shadow maps": (OccluderCache, "build"),
    "mirror": (Renderer, "_mirror"),
    "camera": (CameraSensor, "picture"),
    "exposure": (exposure, "wanted_exposure_s"),
    "object table": (ObjectLabeller, "table"),
    "packing normals": (capture, "pack_normal"),
    "packing flow": (capture, "pack_flow"),
    "packing transmittance": (capture, "pack_share"),
}
"""What the time of kernels is also told apart by: name -> owner, attribute."""


class Tiny:
    """PyBullet's software camera; only `getCameraImage` itself counts, not the poses set before it."""

    def __init__(self, take: Take, scene: Scene) -> None:
        self._camera = BulletCamera(plain(take.cast), backs=False)
        self._take, self._spec = take, scene.cameras[0]

    def run(self, k: int, *, shadow: bool) -> float:
        """Draw frame k; seconds of the call."""
        snapshot = self._take.snapshots[k]
        pose = camera_pose(snapshot, self._take.cast, self._spec)
        draw_image, taken = pybullet.getCameraImage, [0.0]

        def timed(*args: object, **kwargs: object) -> object:
            begin = time.perf_counter()
            image = draw_image(*args, **kwargs)
            taken[0] = time.perf_counter() - begin
            return image

        pybullet.getCameraImage = timed
        try:
            self._camera.shaded(snapshot.T_world_part, pinhole(self._spec), pose, shadow=shadow)
        finally:
            pybullet.getCameraImage = draw_image
        return taken[0]

    def close(self) -> None:
        """Free its client."""
        self._camera.close()


class Labels:
    """Our labels without a picture."""

    def __init__(self, take: Take, scene: Scene, *, geometry: bool) -> None:
        self._take, self._spec, self._geometry = take, scene.cameras[0], geometry
        self._model = pinhole(self._spec)
        self._renderer = Renderer(take.cast)
        self._labeller = ObjectLabeller(take.cast)

    def reset(self) -> None:
        """Nothing is kept between frames."""

    def run(self, k: int) -> float:
        """Label frame k; seconds, poses included."""
        take = self._take
        snapshot, before = take.snapshots[k], (take.before, *take.snapshots)[k]
        previous = Previous(before.T_world_part, camera_pose(before, take.cast, self._spec))
        begin = time.perf_counter()
        pose = camera_pose(snapshot, take.cast, self._spec)
        buffers = self._renderer.render(
            snapshot,
            self._model,
            pose,
            previous=previous,
            radiance=False,
            air=False,
            geometry=self._geometry,
            antialias=1,
        )
        self._labeller.visible_boxes(buffers.instance, len(take.cast.objects))
        return time.perf_counter() - begin


class Everything:
    """Whole frames as they go into shards."""

    def __init__(self, take: Take, scene: Scene) -> None:
        self._take, self._scene = take, scene
        self.reset()

    def reset(self) -> None:
        """Start over with empty shadow caches, then take the frame before the first."""
        self._rig = Rig(self._scene, self._take.cast)
        self._name = self._scene.cameras[0].name
        self._rig.capture(self._name, self._take.before)

    def run(self, k: int) -> float:
        """Capture frame k; seconds."""
        begin = time.perf_counter()
        self._rig.capture(self._name, self._take.snapshots[k])
        return time.perf_counter() - begin


@dataclass(frozen=True, eq=False)
class Contest:
    """All contenders at one picture size."""

    ours: dict[str, Labels | Everything]
    tiny: Tiny

    @staticmethod
    def of(take: Take, scene: Scene, size: tuple[int, int]) -> Contest:
        """Contenders on the frames of `take`."""
        plain, smooth = resized(scene, *size, antialias=1), resized(scene, *size, antialias=4)
        ours: dict[str, Labels | Everything] = {
            MASKS: Labels(take, plain, geometry=False),
            GEOMETRY: Labels(take, plain, geometry=True),
            ALL: Everything(take, plain),
            SMOOTH: Everything(take, smooth),
        }
        return Contest(ours, Tiny(take, plain))

    def reset(self) -> None:
        """Before each pass."""
        for contender in self.ours.values():
            contender.reset()

    def measure(self, repeats: int) -> dict[str, Timing]:
        """Times by contender."""
        runs: dict[str, Callable[[int], float]] = {
            PLAIN: lambda k: self.tiny.run(k, shadow=False),
            MASKS: self.ours[MASKS].run,
            SHADOWED: lambda k: self.tiny.run(k, shadow=True),
            GEOMETRY: self.ours[GEOMETRY].run,
            ALL: self.ours[ALL].run,
            SMOOTH: self.ours[SMOOTH].run,
        }
        interleave(runs, FRAMES, 1, self.reset)  # compiles and warms up
        return interleave(runs, FRAMES, repeats, self.reset)

    def stages(self, name: str, repeats: int) -> str:
        """Where the time of one of ours goes."""
        clock = StageClock()
        contender = self.ours[name]
        run = clock.wrap("Python and NumPy", contender.run, scope=False)
        with staged(clock, PACKAGES, SCOPES):
            for _ in range(repeats):
                with clock.paused():
                    contender.reset()
                for k in range(FRAMES):
                    run(k)
        return stage_table(clock, FRAMES * repeats, top=18)


def comparison(
    size: tuple[int, int], times: Mapping[str, Timing], targets: Mapping[tuple[str, tuple[int, int]], float]
) -> str:
    """The table of one picture size."""
    lines = [f"{size[0]}x{size[1]}, one thread, ms a frame   {'least':>8} {'median':>8}   faster than Tiny"]
    for name in (PLAIN, SHADOWED):
        lines.append(f"  {name:44} {times[name].least_ms:8.2f} {times[name].median_ms:8.2f}")
    for name, title in TITLES.items():
        ours, peer = times[name], times[PEER[name]]
        ratio, target = peer.least_ms / ours.least_ms, targets.get((name, size))
        verdict = "" if target is None else f"   target {target:.0f}x: {'met' if ratio >= target else 'MISSED'}"
        against = " (shadow)" if PEER[name] == SHADOWED else ""
        lines.append(
            f"  ({name}) {title:40} {ours.least_ms:8.2f} {ours.median_ms:8.2f}   "
            f"{ratio:5.1f}x, by medians {peer.median_ms / ours.median_ms:5.1f}x{against}{verdict}"
        )
    return "\n".join(lines)


def scene_text(scene: Scene, take: Take) -> str:
    """What is in the pictures."""
    rig = Rig(resized(scene, 640, 480, 1), take.cast)
    frames = [rig.capture(scene.cameras[0].name, s) for s in take.snapshots]
    filled = float(np.mean([np.isfinite(f.depth_m).mean() for f in frames if f.depth_m is not None]))
    seen = sum(len(np.unique(f.instance)) - 1 for f in frames[:1] if f.instance is not None)
    first, last = take.snapshots[0], take.snapshots[-1]
    return (
        f"{scene.scenario_id}, seed {scene.seed}, scene {scene.index}, ticks {first.tick} to {last.tick}: "
        f"{triangles(plain(take.cast)):,} triangles as PyBullet draws it, {triangles(take.cast):,} at their finest, in "
        f"{len(take.cast.parts)} bodies, {len(take.cast.objects)} objects, "
        f"{seen} of them in view, {len(first.lamps.position_m)} lamps; {filled:.0%} of the picture is not sky"
    )


def mujoco_text(scene: Scene, take: Take, size: tuple[int, int], ours: Timing, repeats: int) -> str:
    """MuJoCo's renderer on the first frame, for RGB with a shadow, depth and segmentation."""
    camera = resized(scene, *size, antialias=1).cameras[0]
    pose = camera_pose(take.snapshots[0], take.cast, camera)
    taken = mujoco_ms(plain(take.cast), take.snapshots[0], pose, pinhole(camera), repeats)
    if isinstance(taken, str):
        return f"  MuJoCo: not measured; {taken}"
    return (
        f"  MuJoCo by EGL on llvmpipe, {THREADS} threads: RGB with shadow, depth, segmentation {taken:8.2f}   "
        f"{taken / ours.median_ms:5.1f}x of ours (c) on one thread, by medians"
    )


def compare(scenario_id: str, repeats: int) -> None:
    """Measure and print one scene at all sizes."""
    scene, pick = draw(scenario_id)
    take = film(scene, scene.cameras[0], pick.start_s, FRAMES)
    print()
    print(scene_text(scene, take))
    for size in SIZES:
        contest = Contest.of(take, scene, size)
        try:
            print()
            times = contest.measure(repeats)
            print(comparison(size, times, {} if scenario_id == EVERYTHING else TARGETS))
            print(mujoco_text(scene, take, size, times[ALL], repeats))
            for name in (ALL,) if scenario_id == EVERYTHING else (MASKS, GEOMETRY, ALL):
                print(f"  CPU time in ({name})")
                print(contest.stages(name, repeats))
        finally:
            contest.tiny.close()


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="tools/bench render", description=__doc__)
    parser.add_argument(
        "--scenario", nargs="+", default=["driving/lost_cargo", EVERYTHING], metavar="ID",
        help=f"default: the plain scene, then the same with everything on; tuned draws: {', '.join(PICKS)}",
    )  # fmt: skip
    parser.add_argument("--repeats", type=int, default=7, help="passes over the frames (default 7)")
    options = parser.parse_args()
    if options.repeats < 1:
        parser.error("--repeats must be at least 1")
    if not pybullet.isNumpyEnabled():
        print("note: this PyBullet was built without NumPy, which makes its camera much slower than it could be")
    print(machine_text())
    for scenario_id in options.scenario:
        compare(scenario_id, options.repeats)


if __name__ == "__main__":
    main()
