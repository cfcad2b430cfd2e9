"""`simgen/Reach-v0`: an arm's tool to a place, without touching anything on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from simgen.env.actions import TOOL, ActionSet
from simgen.env.task import Feature, Outcome, Task, Verdict, collided
from simgen.errors import UserError
from simgen.snapshot import Poses
from simgen.world import Event, World
from simgen.world.robots.arm import TOP_SPEED_MPS

Array = NDArray[np.float64]

OBSTACLES = 4
"""Nearest things and links of other robots that the state holds."""
ARRIVED_M = 0.04
"""This near the goal, and slower than `STILL_MPS`, it is reached."""
STILL_MPS = 0.15
ABOVE_M = 0.12
"""Over an object that is to be picked up, the goal is this high."""
NEAR_M = 0.15
"""Nearer than this to anything, the clearance term counts."""
TIME_LIMIT_S = 12.0
_FAR_M = 3.0
_LINK_RADIUS_M = 0.07  # of other robots' links, about their origins
_KEPT_M = 0.22  # the expert keeps this away from what moves


class Reach(Task):
    """Move the tool of an arm to its goal among moving obstacles.

    The goal is the place of the ego's `reach` behaviour, or above the object of its `pick_place`.

    **Reward terms** (weight):

    - progress (1): way made towards the goal over what top speed would make, in [-1, 1];
    - clearance (0.5): minus the share of `NEAR_M` that is missing to the nearest thing, in [-1, 0];
    - time (0.1): -1 a step;
    - outcome (20): 1 at the goal, -1 on a collision, else 0.

    **Costs**: "collision" 0 or 1; "intrusion" the share of `NEAR_M` that is missing.

    **Ends**: terminated at the goal or on a collision; truncated on time.
    """

    scenario: ClassVar[str] = "robotics/arm_reach_moving_obstacle"
    actions: ClassVar[ActionSet] = TOOL
    features: ClassVar[tuple[Feature, ...]] = (
        *(Feature(f"goal_{a}_m", -_FAR_M, _FAR_M, f"goal minus tool, along the world's {a}") for a in "xyz"),
        *(Feature(f"tool_{a}_m", -_FAR_M, _FAR_M, f"tool from the arm's foot, along the world's {a}") for a in "xyz"),
        *(Feature(f"tool_{a}_mps", -3.0, 3.0, f"velocity of the tool along the world's {a}") for a in "xyz"),
        Feature("illuminance_log10_lx", -4.0, 5.5, "log10 of natural plus lamp illuminance"),
        *(
            feature
            for k in range(OBSTACLES)
            for feature in (
                *(
                    Feature(f"near_{k}_{a}_m", -_FAR_M, _FAR_M, f"nearest point of a thing minus tool, along {a}")
                    for a in "xyz"
                ),
                *(Feature(f"near_{k}_{a}_mps", -5.0, 5.0, f"velocity of that thing along {a}") for a in "xyz"),
            )
        ),
    )
    weights: ClassVar[Mapping[str, float]] = {"progress": 1.0, "clearance": 0.5, "time": 0.1, "outcome": 20.0}

    def __init__(self, world: World) -> None:
        self._ego = world.ego_index
        self._robots = [
            (k, a.name) for k, a in enumerate(world.scene.actors) if k != self._ego and a.model.startswith("robot.")
        ]
        foot = world.arm_state().T_world_foot
        self._foot_m = foot[:3, 3]
        self.goal_m = _goal(world, foot)
        self.time_limit_s = TIME_LIMIT_S
        self._links: dict[str, Array] = {}
        self._tool_m = world.arm_state().T_world_tool[:3, 3]
        self._tool_mps = np.zeros(3)
        self._time_s = world.time_s
        self._made_mps = 0.0
        self._lx = world.conditions.light.ambient_lx
        self._near = self._obstacles(world, 0.0)

    @property
    def _distance_m(self) -> float:
        return float(np.sqrt(((self.goal_m - self._tool_m) ** 2).sum()))

    def look(self, world: World) -> None:
        """Take in the state after a control step."""
        before_m, tool_before_m, dt_s = self._distance_m, self._tool_m, world.time_s - self._time_s
        self._time_s = world.time_s
        self._lx = world.conditions.light.ambient_lx
        self._tool_m = world.arm_state().T_world_tool[:3, 3]
        self._tool_mps = (self._tool_m - tool_before_m) / dt_s
        self._made_mps = (before_m - self._distance_m) / dt_s
        self._near = self._obstacles(world, dt_s)

    def state(self) -> Sequence[float]:
        """The entries of `features`."""
        return [
            *(self.goal_m - self._tool_m).tolist(),
            *(self._tool_m - self._foot_m).tolist(),
            *self._tool_mps.tolist(),
            math.log10(max(self._lx, 1e-4)),
            *self._near.ravel().tolist(),
        ]

    def judge(self, events: Sequence[Event]) -> Verdict:
        """What the last control step was worth."""
        struck = collided(events)
        nearest = float(np.sqrt((self._near[0, :3] ** 2).sum()))
        intrusion = 1.0 - min(nearest / NEAR_M, 1.0)
        still = float(np.sqrt((self._tool_mps**2).sum())) < STILL_MPS
        outcome = Outcome.RUNNING
        if struck:
            outcome = Outcome.COLLISION
        elif self._distance_m < ARRIVED_M and still:
            outcome = Outcome.GOAL
        terms = {
            "progress": min(max(self._made_mps / TOP_SPEED_MPS, -1.0), 1.0),
            "clearance": -intrusion,
            "time": -1.0,
            "outcome": {Outcome.GOAL: 1.0, Outcome.COLLISION: -1.0}.get(outcome, 0.0),
        }
        return Verdict(terms, {"collision": float(struck), "intrusion": intrusion}, outcome)

    def expert(self) -> Sequence[float]:
        """Goes straight for the goal, gives way to what comes near, and waits until it has passed."""
        way = self.goal_m - self._tool_m
        far = float(np.sqrt((way * way).sum()))
        speed = min(0.35, 1.5 * far)
        wanted = way / max(far, 1e-6) * speed
        for row in self._near:
            off, moving = row[:3], row[3:]
            gap = float(np.sqrt((off * off).sum()))
            if gap > _KEPT_M or float((moving * moving).sum()) < 1e-4:
                continue
            away = -off / max(gap, 1e-6)
            wanted = wanted * max(gap - 0.08, 0.0) / _KEPT_M + away * 0.5 * (1.0 - gap / _KEPT_M)
        values: list[float] = np.clip(wanted / TOP_SPEED_MPS, -1.0, 1.0).tolist()
        return values

    def info(self) -> dict[str, Any]:
        """Distance from tool to goal."""
        return {"goal_m": self._distance_m}

    def _obstacles(self, world: World, dt_s: float) -> Array:
        """(OBSTACLES, 6) nearest points minus tool and their velocities, nearest first; at `_FAR_M` where none is."""
        poses = world.poses()
        rows = [self._of_box(poses, k) for k in range(len(poses.cast.objects)) if k != self._ego]
        for _, name in self._robots:
            places = world.link_places_m(name)
            before = self._links.get(name, places)
            self._links[name] = places
            velocity = (places - before) / dt_s if dt_s > 0.0 else np.zeros_like(places)
            off = places - self._tool_m
            gap = np.sqrt((off**2).sum(axis=1, keepdims=True))
            off = off * np.maximum(1.0 - _LINK_RADIUS_M / np.maximum(gap, 1e-9), 0.0)
            rows += list(np.concatenate([off, velocity], axis=1))
        rows += [np.array([_FAR_M, _FAR_M, _FAR_M, 0.0, 0.0, 0.0])] * OBSTACLES
        rows.sort(key=_gap2)
        return np.array(rows[:OBSTACLES])

    def _of_box(self, poses: Poses, k: int) -> Array:
        """Nearest point of an object's box minus tool, and its velocity; robots are told of by their links."""
        if any(k == robot for robot, _ in self._robots):
            return np.array([_FAR_M, _FAR_M, _FAR_M, 0.0, 0.0, 0.0])
        thing, T = poses.cast.objects[k], poses.T_world_object[k]
        own = (T[:3, :3].T * (self._tool_m - T[:3, 3])).sum(axis=1) - thing.box_center_m
        half = 0.5 * np.array(thing.size_m)
        off = np.clip(own, -half, half) - own
        return np.concatenate([(T[:3, :3] * off).sum(axis=1), poses.velocity_mps[k]])


def _gap2(row: Array) -> float:
    return float((row[:3] ** 2).sum())


def _goal(world: World, foot: Array) -> Array:
    """Where the tool shall go, world frame (3,)."""
    scene = world.scene
    ego = scene.actors[world.ego_index]
    for act in ego.acts:
        if act.name == "reach":
            x, y, z = (float(act.params[k]) for k in ("x_m", "y_m", "z_m"))
            out: Array = foot[:3, 0] * x + foot[:3, 1] * y + foot[:3, 2] * z + foot[:3, 3]
            return out
        if act.name == "pick_place":
            k = next(k for k, a in enumerate(scene.actors) if a.name == act.params["object"])
            poses = world.poses()
            thing, T = poses.cast.objects[k], poses.T_world_object[k]
            middle: Array = (T[:3, :3] * np.array(thing.box_center_m)).sum(axis=1) + T[:3, 3]
            middle[2] += 0.5 * thing.size_m[2] + ABOVE_M
            return middle
    raise UserError(
        f"scenario {scene.scenario_id!r}: the ego has nothing to reach for; give it the behaviour `reach` or "
        "`pick_place`"
    )
