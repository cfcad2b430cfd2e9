"""What arms are set to do: reach, pick and place, sweep. Each is a script that an arm runs tick by tick."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from simgen.errors import UserError
from simgen.models import Region
from simgen.scenario.behaviours import BEHAVIOURS
from simgen.scenario.scene import ActorSpec
from simgen.world.behaviours.registry import settings_of
from simgen.world.frames import Array
from simgen.world.robots.arm import Arm

TASKS = ("reach", "pick_place", "sweep")
"""Behaviours that are carried out here."""
ABOVE_M = 0.12
"""Height over an object from which the tool comes down."""
_DOWN_SPEED = 0.5  # share of the speed on the way down and up
_GRASP_DEPTH_M = 0.035  # how far under an object's top the tool's origin goes
_FLOOR_GAP_M = 0.004  # between finger tips and what the object stands on
_SET_DOWN_M = 0.003
_CLOSE_S, _OPEN_S = 0.6, 0.4
_HELD_SHARE = 0.5  # of the lift that an object must have followed to be held


@dataclass(frozen=True)
class Surroundings:
    """What a script may ask of the world.

    Attributes:
        pose_of: (4, 4) pose of an actor's model frame in the world, by name.
        box_of: size_m and box_center_m of an actor's model, by name.
        regions: of the site.
        names: of the actors.
    """

    pose_of: Callable[[str], Array]
    box_of: Callable[[str], tuple[tuple[float, float, float], tuple[float, float, float]]]
    regions: dict[str, Region]
    names: tuple[str, ...]


def script_of(arm: Arm, actor: ActorSpec, world: Surroundings) -> Iterator[None] | None:
    """What an actor's behaviour makes an arm do; None when it has nothing to do.

    Raises:
        UserError: the behaviour refers to an actor or region that the scene does not have.
    """
    for act in actor.acts:
        if act.name not in TASKS:
            continue
        p = settings_of(BEHAVIOURS[act.name], act)
        numbers = {k: float(v) for k, v in p.items() if not isinstance(v, str)}
        if act.name == "reach":
            return _reach(arm, numbers)
        if act.name == "sweep":
            return _sweep(arm, numbers)
        if act.name == "pick_place":
            _check(actor, "object", str(p["object"]), world.names)
            _check(actor, "to", str(p["to"]), (*world.regions, *world.names))
            return _pick_place(arm, str(p["object"]), str(p["to"]), numbers["speed_mps"], world)
    return None


def down(direction_rad: float) -> Array:
    """(3, 3) tool orientation that looks straight down, its fingers closing along a heading."""
    c, s = math.cos(direction_rad), math.sin(direction_rad)
    return np.array([[-s, c, 0.0], [c, s, 0.0], [0.0, 0.0, -1.0]])


def at(position_m: Array | tuple[float, float, float], rotation: Array) -> Array:
    """(4, 4) pose."""
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = rotation, position_m
    return out


def _check(actor: ActorSpec, key: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UserError(
            f"actor {actor.name!r}: {actor.behaviour} has {key} {name!r}, which the scene does not have; "
            f"known: {', '.join(known)}"
        )


def _in_world(arm: Arm, x_m: float, y_m: float, z_m: float) -> Array:
    """A point given ahead of, left of and above an arm's foot, in the world (3,)."""
    T = arm.T_world_foot
    out: Array = T[:3, 0] * x_m + T[:3, 1] * y_m + T[:3, 2] * z_m + T[:3, 3]
    return out


def _own_down(arm: Arm) -> Array:
    """Straight down with the fingers as they are at home, as nearly as that can be."""
    y = arm.home[:3, 1]
    return down(math.atan2(y[1], y[0]))


def _reach(arm: Arm, p: dict[str, float]) -> Iterator[None]:
    home = arm.home.copy()
    goal = at(_in_world(arm, p["x_m"], p["y_m"], p["z_m"]), _own_down(arm))
    while True:
        yield from arm.move(goal, speed_mps=p["speed_mps"])
        yield from arm.wait(p["dwell_s"])
        if not p["back"]:
            return
        yield from arm.move(home, speed_mps=p["speed_mps"])
        yield from arm.wait(p["dwell_s"])


def _pick_place(arm: Arm, name: str, to: str, speed: float, world: Surroundings) -> Iterator[None]:
    grasp, low_m = _grasp(arm, name, world)
    held_above_m = float(grasp[2, 3]) - low_m
    yield from arm.move(_lifted(grasp, ABOVE_M), speed_mps=speed)
    grasp, low_m = _grasp(arm, name, world)  # it may have moved meanwhile
    yield from arm.move(_lifted(grasp, ABOVE_M), speed_mps=speed)
    yield from arm.move(grasp, speed_mps=_DOWN_SPEED * speed)
    arm.grip = True
    yield from arm.wait(_CLOSE_S)
    before = float(world.pose_of(name)[2, 3])
    yield from arm.move(_lifted(grasp, ABOVE_M), speed_mps=_DOWN_SPEED * speed)
    if float(world.pose_of(name)[2, 3]) - before < _HELD_SHARE * ABOVE_M:
        arm.grip = False  # it slipped out, or was never between the fingers
        yield from arm.move(arm.home.copy(), speed_mps=speed)
        return
    x, y, z = _spot(to, world)
    goal = at((x, y, z + held_above_m + _SET_DOWN_M), grasp[:3, :3])
    over = max(ABOVE_M, float(grasp[2, 3]) + ABOVE_M - float(goal[2, 3]))
    yield from arm.move(_lifted(goal, over), speed_mps=speed)
    yield from arm.move(goal, speed_mps=_DOWN_SPEED * speed)
    arm.grip = False
    yield from arm.wait(_OPEN_S)
    yield from arm.move(_lifted(goal, over), speed_mps=_DOWN_SPEED * speed)
    yield from arm.move(arm.home.copy(), speed_mps=speed)


def _sweep(arm: Arm, p: dict[str, float]) -> Iterator[None]:
    rows, turn = round(p["rows"]), _own_down(arm)
    while True:
        for row in range(rows):
            ahead = p["x_m"] + p["step_m"] * (row - 0.5 * (rows - 1))
            first = 0.5 * p["width_m"] * (1.0 if row % 2 == 0 else -1.0)
            for end in (first, -first):
                goal = at(_in_world(arm, ahead, p["y_m"] + end, p["z_m"]), turn)
                yield from arm.move(goal, speed_mps=p["speed_mps"])


def _lifted(pose: Array, by_m: float) -> Array:
    out = pose.copy()
    out[2, 3] += by_m
    return out


def _grasp(arm: Arm, name: str, world: Surroundings) -> tuple[Array, float]:
    """Tool pose (4, 4) that holds a standing object across its narrower side, and the height of its underside."""
    T = world.pose_of(name)
    (length, width, height), center = world.box_of(name)
    r = T[:3, :3]
    middle = r[:, 0] * center[0] + r[:, 1] * center[1] + r[:, 2] * center[2] + T[:3, 3]
    half = 0.5 * (abs(r[2, 0]) * length + abs(r[2, 1]) * width + abs(r[2, 2]) * height)
    low, top = float(middle[2]) - half, float(middle[2]) + half
    extents = ((length, r[:, 0]), (width, r[:, 1]), (height, r[:, 2]))
    level = [(size, axis) for size, axis in extents if abs(axis[2]) < 0.7]
    _, across = min(level, key=lambda pair: pair[0])
    heading = math.atan2(across[1], across[0])
    own = math.atan2(arm.home[1, 1], arm.home[0, 1])
    while heading - own > 0.5 * math.pi:  # either way round closes alike
        heading -= math.pi
    while heading - own < -0.5 * math.pi:
        heading += math.pi
    z = max(top - _GRASP_DEPTH_M, low + arm.spec.depth_m + _FLOOR_GAP_M)
    return at((float(middle[0]), float(middle[1]), z), down(heading)), low


def _spot(to: str, world: Surroundings) -> tuple[float, float, float]:
    """Where to set down: the middle of a region at its floor, or of the top of an actor."""
    if to in world.regions:
        r = world.regions[to]
        return 0.5 * (r.x_min_m + r.x_max_m), 0.5 * (r.y_min_m + r.y_max_m), r.floor_m
    T = world.pose_of(to)
    (_, _, height), center = world.box_of(to)
    r3 = T[:3, :3]
    top = r3[:, 0] * center[0] + r3[:, 1] * center[1] + r3[:, 2] * (center[2] + 0.5 * height) + T[:3, 3]
    return float(top[0]), float(top[1]), float(top[2])
