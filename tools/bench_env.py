"""`tools/bench env`: steps a second of the environments, resets included, beside PyBullet's camera and other suites.

    tools/bench env [--steps N] [--env ID ...]

Every loop takes random actions and resets when an episode ends. Loops of one process are timed in CPU time, so that
what else runs does not count; workers against workers in wall time, which wants an idle machine. "PyBullet's camera"
replays the same scenes and actions with the same physics and a bare `getCameraImage` in place of our picture: no
observation, no reward, no fog. Suites that are not installed are left out (pip install panda-gym PyFlyt).
"""

from __future__ import annotations

import argparse
import importlib
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import gymnasium
import numpy as np
import pybullet
from gymnasium.vector import AsyncVectorEnv
from numpy.typing import NDArray

import simgen  # noqa: F401  (registers the environments)
from simgen.env import SceneEnv
from simgen.render.bullet_camera import BulletCamera
from simgen.render.bullet_renderer import plain
from simgen.scenario import Scene
from simgen.sensors.camera import camera_pose
from simgen.world import World
from tools.bench_common import machine_text, pinhole

IDS = ("simgen/EmergencyBrake-v0", "simgen/Drive-v0")
SIZE = (84, 84)
CONTROL_HZ = 20
SEED = 0
_WARM_STEPS = 100
_CAMERA_SHARE = 4  # pictures are slower: so many times fewer steps of them
_WORKERS = 2


@dataclass
class Loop:
    """What a loop took.

    Attributes:
        steps, resets: how many.
        step_s, reset_s: seconds of them all.
    """

    steps: int = 0
    resets: int = 0
    step_s: float = 0.0
    reset_s: float = 0.0

    @property
    def rate_hz(self) -> float:
        """Steps a second, resets included."""
        return self.steps / (self.step_s + self.reset_s)

    def row(self, name: str) -> str:
        """A line of the table."""
        each = 1e3 * self.reset_s / max(self.resets, 1)
        return (
            f"  {name:44}{self.rate_hz:9.0f}{1e3 * self.step_s / self.steps:10.3f}{each:10.1f}"
            f"{self.steps / max(self.resets, 1):10.0f}"
        )


@dataclass
class Script:
    """The episodes of a loop, to be played again.

    Attributes:
        episodes: each a scene and its actions.
    """

    episodes: list[tuple[Scene, list[Any]]] = field(default_factory=list)


HEADER = f"  {'':44}{'steps/s':>9}{'ms/step':>10}{'ms/reset':>10}{'steps/ep.':>10}"


def play(env: gymnasium.Env[Any, Any], steps: int, after: Callable[[], object] = lambda: None) -> Loop:
    """Random actions for some steps, resets when an episode ends; `after` counts as part of each."""
    loop = Loop()
    env.action_space.seed(SEED)
    done = True
    while loop.steps < steps:
        begin = time.process_time()
        if done:
            env.reset(seed=None if loop.resets else SEED)
            after()
            loop.resets += 1
            done = False
            loop.reset_s += time.process_time() - begin
            continue
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        after()
        loop.steps += 1
        done = terminated or truncated
        loop.step_s += time.process_time() - begin
    return loop


def script(env: SceneEnv, steps: int) -> Script:
    """The scenes and actions that `play` meets."""
    out = Script()
    env.action_space.seed(SEED)
    done, taken = True, 0
    while taken < steps:
        if done:
            _, info = env.reset(seed=None if out.episodes else SEED)
            out.episodes.append((env.scenes.draw(SEED, info["scene"], {}, tries=1)[0], []))
        action = env.action_space.sample()
        _, _, terminated, truncated, _ = env.step(action)
        out.episodes[-1][1].append(action)
        taken += 1
        done = terminated or truncated
    return out


def play_bare(played: Script, env: SceneEnv, *, camera: bool) -> Loop:
    """The same physics, and PyBullet's own picture or none; nothing of a task but its command."""
    loop = Loop()
    for scene, actions in played.episodes:
        begin = time.process_time()
        world = World(scene)
        task = env.task(world)
        eye = Eye(world, scene) if camera else None
        loop.resets += 1
        loop.reset_s += time.process_time() - begin
        begin = time.process_time()
        for action in actions:
            command = task.command(env.task.actions.values(action, "continuous"))
            for _ in range(scene.physics_hz // CONTROL_HZ):
                world.step(command)
            if eye is not None:
                eye.look(world)
        loop.steps += len(actions)
        loop.step_s += time.process_time() - begin
        if eye is not None:
            loop.step_s -= eye.beside_s
            eye.close()
        world.close()
    return loop


@contextmanager
def drawing() -> Iterator[list[float]]:
    """Seconds of the call of `getCameraImage` within, in a list of one."""
    draw_image, taken = pybullet.getCameraImage, [0.0]

    def timed(*args: object, **kwargs: object) -> object:
        begin = time.process_time()
        image = draw_image(*args, **kwargs)
        taken[0] += time.process_time() - begin
        return image

    pybullet.getCameraImage = timed
    try:
        yield taken
    finally:
        pybullet.getCameraImage = draw_image


class Eye:
    """A scene's first camera at `SIZE` as PyBullet draws it: TinyRenderer, lit, with its shadow.

    Attributes:
        beside_s: time spent on what an environment made for PyBullet would not do: poses copied from another client.
    """

    def __init__(self, world: World, scene: Scene) -> None:
        self._spec = replace(scene.cameras[0], height=SIZE[0], width=SIZE[1])
        self._model = pinhole(self._spec)
        self._cast = world.cast
        self._camera = BulletCamera(plain(world.cast), backs=False)
        self.beside_s = 0.0

    def look(self, world: World) -> NDArray[np.uint8]:
        """(84, 84, 3) uint8."""
        begin = time.process_time()
        snapshot = world.snapshot()
        pose = camera_pose(snapshot, self._cast, self._spec)
        with drawing() as inside:
            picture = self._camera.shaded(snapshot.T_world_part, self._model, pose, shadow=True)
        self.beside_s += time.process_time() - begin - inside[0]
        return picture

    def close(self) -> None:
        """Free its client."""
        self._camera.close()


def ours(env_id: str, observation: str) -> SceneEnv:
    """An environment of ours."""
    made = gymnasium.make(env_id, observation=observation, image_size=SIZE, control_hz=CONTROL_HZ).unwrapped
    assert isinstance(made, SceneEnv)
    return made


def bench_ours(env_id: str, steps: int) -> None:
    """State, camera, and the same with PyBullet's camera."""
    few = max(steps // _CAMERA_SHARE, 1)
    state, camera = ours(env_id, "state"), ours(env_id, "camera")
    for env in (state, camera):
        play(env, _WARM_STEPS)  # compiles, and fills the caches of meshes
    scene = state.scenes.draw(SEED, 0, {}, tries=20)[0]
    print(
        f"\n{env_id}: {scene.scenario_id}, control {CONTROL_HZ} Hz, physics {scene.physics_hz} Hz, "
        f"{len(scene.actors)} actors, camera {SIZE[0]}x{SIZE[1]}, {scene.cameras[0].antialias} samples a pixel"
    )
    print(HEADER)
    print(play(state, steps).row("state vector"))
    drawn = play(camera, few)
    print(drawn.row("camera, RGB"))
    played = script(state, few)
    print(play_bare(played, state, camera=False).row("physics alone, same scenes and actions"))
    peer = play_bare(played, state, camera=True)
    print(peer.row("physics and PyBullet's camera"))
    print(
        f"  ours with camera to PyBullet's: {drawn.rate_hz / peer.rate_hz:.1f} times the steps/s, "
        f"{peer.step_s / peer.steps / (drawn.step_s / drawn.steps):.1f} times without resets"
    )
    state.close()
    camera.close()


def bench_workers(env_id: str, steps: int) -> None:
    """One process with an environment against two, in wall time."""
    print(f"\n{env_id}, asynchronous workers, wall time")
    for observation in ("state", "camera"):
        rates = {count: workers_rate(env_id, observation, count, steps) for count in (1, _WORKERS)}
        listed = ", ".join(f"{count}: {rate:.0f} steps/s" for count, rate in rates.items())
        print(f"  {observation:8} {listed}; ratio {rates[_WORKERS] / rates[1]:.2f}")


def workers_rate(env_id: str, observation: str, count: int, steps: int) -> float:
    """Steps a second of wall time, of all workers together."""
    rounds = max(steps // (count * (_CAMERA_SHARE if observation == "camera" else 1)), 1)
    settings: dict[str, Any] = {
        "observation": observation,
        "image_size": SIZE,
        "control_hz": CONTROL_HZ,
        "disable_env_checker": True,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        envs = AsyncVectorEnv([lambda: gymnasium.make(env_id, **settings) for _ in range(count)])
    try:
        envs.action_space.seed(SEED)
        envs.reset(seed=SEED)
        for _ in range(_WARM_STEPS):
            envs.step(envs.action_space.sample())
        begin = time.perf_counter()
        for _ in range(rounds):
            envs.step(envs.action_space.sample())
        return rounds * count / (time.perf_counter() - begin)
    finally:
        envs.close()


@dataclass(frozen=True)
class Peer:
    """An environment of another suite.

    Attributes:
        module: that registers it; env_id: of it.
        settings: arguments that give it an 84x84 camera.
        about: what it simulates.
    """

    module: str
    env_id: str
    settings: Mapping[str, Any]
    about: str


PEERS = (
    Peer(
        "panda_gym",
        "PandaReach-v3",
        {"renderer": "Tiny", "render_height": SIZE[0], "render_width": SIZE[1]},
        "control 25 Hz, physics 500 Hz, one arm and a table, TinyRenderer",
    ),
    Peer(
        "PyFlyt.gym_envs",
        "PyFlyt/QuadX-Hover-v4",
        {"render_resolution": SIZE},
        "control 40 Hz, physics 240 Hz, one drone and a plane, TinyRenderer",
    ),
)


def bench_peers(steps: int) -> None:
    """Other suites on PyBullet, their picture taken after each step."""
    for peer in PEERS:
        try:
            importlib.import_module(peer.module)
        except ImportError:
            print(f"\n{peer.env_id}: {peer.module.partition('.')[0]} is not installed")
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # theirs
            settings = {"render_mode": "rgb_array", "disable_env_checker": True, **peer.settings}
            env = gymnasium.make(peer.env_id, **settings)
            play(env, _WARM_STEPS)
            print(f"\n{peer.env_id}: {peer.about}\n{HEADER}")
            print(play(env, steps).row("state vector"))
            print(play(env, max(steps // _CAMERA_SHARE, 1), env.render).row("state vector and its own 84x84 picture"))
            env.close()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="tools/bench env", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--env", nargs="+", default=IDS, metavar="ID", help=f"of ours (default {' '.join(IDS)})")
    parser.add_argument("--steps", type=int, default=4000, help="of each loop; a quarter with pictures (default 4000)")
    options = parser.parse_args(arguments)
    print(machine_text())
    print("random actions, resets included, one thread a process; CPU time unless said otherwise")
    for env_id in options.env:
        bench_ours(env_id, options.steps)
    for env_id in options.env:
        bench_workers(env_id, options.steps)
    bench_peers(options.steps)


if __name__ == "__main__":
    main()
