"""One scene from its first tick to its last: physics, sensors and truth, into a sink."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from simgen.dataset.sink import Sink
from simgen.errors import UserError
from simgen.scenario.scene import CameraSpec, Scene

if TYPE_CHECKING:
    from simgen.labels.frame import CameraFrame
    from simgen.world import Action, ArmAction, World

EGO = "ego"
"""Name of the actor whose state and actions are recorded; every world has it."""

Simulate = Callable[[Scene, Sink, str], str]
"""What `simulate` is to the workers: (scene, sink, renderer) -> outcome."""


class Pilot(Protocol):
    """Commands the ego of one scene in its own driver's place."""

    @property
    def outcome(self) -> str:
        """How the scene ended for it; "" while it goes on."""

    def command(self, world: World) -> Action | ArmAction:
        """What the ego shall do in the next tick."""

    def look(self, world: World) -> None:
        """Take in the state after a tick."""


def frame_ticks(camera: CameraSpec, scene: Scene) -> tuple[int, ...]:
    """The ticks at which a camera takes its frames: every whole period from 0 up to before the scene's end.

    Raises:
        UserError: the period is not a whole number of ticks.
    """
    period = scene.physics_hz / camera.rate_hz
    whole = max(1, round(period))
    if not math.isclose(period, whole, rel_tol=1e-9):
        raise UserError(
            f"camera {camera.name!r}: {camera.rate_hz:g} Hz does not divide the physics rate of "
            f"{scene.physics_hz} Hz; the nearest rate that does is {scene.physics_hz / whole:g} Hz"
        )
    return tuple(range(0, scene_ticks(scene), whole))


def scene_ticks(scene: Scene) -> int:
    """Number of physics ticks that begin before the scene's end."""
    return math.ceil(scene.duration_s * scene.physics_hz - 1e-9)


def simulate(scene: Scene, sink: Sink, renderer: str = "simgen", hire: Callable[[World], Pilot] | None = None) -> str:
    """Simulate `scene` and hand everything measured to `sink`, in order of time.

    With `hire`, the pilot that it gives commands the ego, and the scene ends when it has ended for the pilot.

    Cameras at their own rates; the state of all objects and the conditions whenever the first camera takes a
    frame; the ego's state and applied action at every tick; the events at the end. A scene that its timeline ends
    has the tick of its end as its last.

    Returns:
        The outcome: the pilot's where it has one; "collision" if the ego collided, "stopped" if the timeline ended the
        scene, else "completed". The sink has it too.

    Raises:
        PhysicsError: the simulation left the physical; the sink still holds the unfinished scene.
        UserError: a camera's rate does not divide the physics rate.
    """
    # Here and not above: physics and kernels must not load in a process that only plans.
    from simgen.labels.capture import Rig
    from simgen.world import World

    due = {camera.name: frozenset(frame_ticks(camera, scene)) for camera in scene.cameras}
    state_due = next(iter(due.values()))
    sink.begin_scene(scene)
    with World(scene) as world, Rig(scene, world.cast, renderer) as rig:
        pilot = None if hire is None else hire(world)
        for tick in range(scene_ticks(scene)):
            if tick:
                world.step(None if pilot is None else pilot.command(world))
                if pilot is not None:
                    pilot.look(world)
            sink.add_ego(tick, world.time_s, world.ego_state())
            cameras = [name for name, ticks in due.items() if tick in ticks]
            if cameras:
                snapshot = world.snapshot()
                if tick in state_due:
                    sink.add_state(snapshot)
                for name in cameras:
                    sink.add_frame(rig.capture(name, snapshot))
            if world.ended or (pilot is not None and pilot.outcome):
                break
        world.conclude()
        # At the end: a collision's impulse adds up over the ticks that it lasts, encounters are known when over.
        for event in sorted(world.events, key=lambda e: e.time_s):
            sink.add_event(event)
        collided = any(e.kind == "collision" and EGO in (e.subject, e.object) for e in world.events)
        ended = "stopped" if world.ended else "completed"
        outcome = (pilot.outcome if pilot is not None else "") or ("collision" if collided else ended)
    sink.end_scene(outcome)
    return outcome


def frames_of(scene: Scene, renderer: str = "simgen", camera: str = "") -> Iterator[CameraFrame]:
    """The frames of `scene` one by one, by `camera` or the first at its rate, until the scene ends.

    Raises:
        UserError: no such camera, or its rate does not divide the physics rate.
        PhysicsError: the simulation left the physical.
    """
    from simgen.labels.capture import Rig
    from simgen.world import World

    spec = _camera(scene, camera)
    due = frozenset(frame_ticks(spec, scene))
    with World(scene) as world, Rig(scene, world.cast, renderer, cameras=(spec.name,)) as rig:
        for tick in range(scene_ticks(scene)):
            if tick:
                world.step()
            if tick in due:
                yield rig.capture(spec.name, world.snapshot())
            if world.ended:
                return


def _camera(scene: Scene, name: str) -> CameraSpec:
    """A scene's camera by name, the first for ""."""
    cameras = {c.name: c for c in scene.cameras}
    if name and name not in cameras:
        raise UserError(f"no camera {name!r} in {scene.scenario_id}; it has: {', '.join(cameras)}")
    return cameras[name] if name else scene.cameras[0]


def still(scene: Scene, time_s: float, renderer: str = "simgen", camera: str = "") -> CameraFrame:
    """One frame of `scene` at `time_s` (rounded to a tick), by `camera` or the first; for previews.

    Raises:
        UserError: no such camera, or the time is outside the scene.
        PhysicsError: the simulation left the physical before.
    """
    from simgen.labels.capture import Rig
    from simgen.world import World

    name = _camera(scene, camera).name
    if not 0.0 <= time_s <= scene.duration_s:
        raise UserError(f"{time_s:g} s is outside scene {scene.index}, which lasts {scene.duration_s:g} s")
    with World(scene) as world:
        for _ in range(round(time_s * scene.physics_hz)):
            world.step()
        with Rig(scene, world.cast, renderer, cameras=(name,)) as rig:
            return rig.capture(name, world.snapshot())
