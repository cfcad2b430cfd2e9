"""Where the ego stands in its lane and what lies around it: the numbers that observation and task share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.conditions import Conditions, Water
from simgen.errors import UserError
from simgen.models import Lane, Region, Site, build_site
from simgen.scenario.scene import Scene
from simgen.snapshot import CastObject, Snapshot

GRAVITY_MPS2 = 9.81
REACTION_S = 1.0
"""Reaction time in the assured clear distance ahead: the design value of many sight-distance guidelines."""
HORIZON_M = 150.0
"""Objects further ahead along the lane than this are not reported."""
BEHIND_M = 10.0
"""Objects beside the lane are reported until they are this far behind the ego's middle."""
WATER_LOOKAHEAD_M = 30.0


@dataclass(frozen=True)
class Neighbour:
    """Another object in the coordinates of the ego's lane.

    Attributes:
        name: the actor's name.
        gap_m: free distance along the lane from the ego's front to its near end; negative when they overlap.
        relative_speed_mps: its speed along the lane minus the ego's.
        lateral_m: its middle, left of the lane's centre line.
        width_m: its extent across the lane.
    """

    name: str
    gap_m: float
    relative_speed_mps: float
    lateral_m: float
    width_m: float


@dataclass(frozen=True)
class Situation:
    """The ego and its surroundings at one tick; all lengths along or across its lane.

    Attributes:
        time_s: simulated time.
        s_m: arc length of the ego's middle along the lane.
        speed_mps: forward speed, negative in reverse.
        lateral_offset_m: left of the lane's centre line.
        heading_error_rad: heading minus the lane's direction, in (-pi, pi].
        yaw_rate_radps: about the world's z axis.
        off_road_share: share of the four footprint corners that lie outside the drivable surface.
        left_road: the middle of the footprint lies outside it.
        conditions: the physical state at this tick.
        friction: peak tyre friction coefficient here at this speed, water included.
        water_depth_m: depth of standing water at the ego's middle.
        water_depth_ahead_m: greatest depth along the next `WATER_LOOKAHEAD_M` of the lane.
        in_lane: objects ahead that reach into the ego's lane, nearest first.
        beside: other objects up to one lane width beyond the lane's edges, nearest first.
    """

    time_s: float
    s_m: float
    speed_mps: float
    lateral_offset_m: float
    heading_error_rad: float
    yaw_rate_radps: float
    off_road_share: float
    left_road: bool
    conditions: Conditions
    friction: float
    water_depth_m: float
    water_depth_ahead_m: float
    in_lane: tuple[Neighbour, ...]
    beside: tuple[Neighbour, ...]


class Road:
    """The lane that the ego follows and the surface that it may use, fixed for a scene.

    Args:
        scene: the scene; its actor "ego" must be placed on a lane.

    Raises:
        UserError: the scene has no ego, or the ego has no lane.
    """

    def __init__(self, scene: Scene) -> None:
        names = [actor.name for actor in scene.actors]
        if "ego" not in names:
            raise UserError(
                f"scenario {scene.scenario_id!r} has no actor called 'ego' to drive; "
                f"its actors: {', '.join(names) or 'none'}"
            )
        self.ego_index = names.index("ego")
        ego = scene.actors[self.ego_index]
        site = build_site(scene.site.name, scene.site.params)
        if ego.lane not in site.lanes:
            raise UserError(
                f"scenario {scene.scenario_id!r}: the ego is on no lane, so progress cannot be measured; "
                f"place it with `place: {{lane: NAME, s: 10 m}}`, NAME one of {', '.join(sorted(site.lanes))}"
            )
        self.site: Site = site
        self.lane: Lane = site.lanes[ego.lane]
        self.surface: Region = site.regions.get("road") or site.regions.get("floor") or site.bounds
        segments = np.diff(self.lane.points_m[:, :2], axis=0)
        self.length_m = float(np.hypot(segments[:, 0], segments[:, 1]).sum())

    def look(self, snapshot: Snapshot) -> Situation:
        """The situation at a snapshot of a world of this road's scene."""
        k = self.ego_index
        box = _Box.of(snapshot, k)
        s, offset = self.lane.project(box.x_m, box.y_m)
        lane_yaw = self.lane.at(s)[3]
        speed = float(snapshot.velocity_mps[k] @ box.forward)
        corners = box.corners()
        outside = sum(not _inside(self.surface, x, y) for x, y in corners)
        water = snapshot.conditions.water
        depth = self._depth_m(water, box.x_m, box.y_m)
        in_lane, beside = self._neighbours(snapshot, box, s)
        return Situation(
            time_s=snapshot.time_s,
            s_m=s,
            speed_mps=speed,
            lateral_offset_m=offset,
            heading_error_rad=math.remainder(box.yaw_rad - lane_yaw, 2.0 * math.pi),
            yaw_rate_radps=float(snapshot.angular_velocity_radps[k, 2]),
            off_road_share=outside / len(corners),
            left_road=not _inside(self.surface, box.x_m, box.y_m),
            conditions=snapshot.conditions,
            friction=snapshot.conditions.surface.at(box.x_m, box.y_m).friction(abs(speed), depth),
            water_depth_m=depth,
            water_depth_ahead_m=self._depth_ahead_m(water, s),
            in_lane=in_lane,
            beside=beside,
        )

    def _neighbours(
        self, snapshot: Snapshot, ego: _Box, ego_s: float
    ) -> tuple[tuple[Neighbour, ...], tuple[Neighbour, ...]]:
        in_lane: list[Neighbour] = []
        beside: list[Neighbour] = []
        ego_yaw = self.lane.at(ego_s)[3]
        ego_half = ego.half_extents(ego_yaw)[0]
        ego_speed = float(snapshot.velocity_mps[self.ego_index, :2] @ _heading(ego_yaw))
        half_lane = 0.5 * self.lane.width_m
        for k, thing in enumerate(snapshot.cast.objects):
            if k == self.ego_index:
                continue
            box = _Box.of(snapshot, k)
            s, lateral = self.lane.project(box.x_m, box.y_m)
            yaw = self.lane.at(s)[3]
            along, across = box.half_extents(yaw)
            gap = s - ego_s - along - ego_half
            edge = abs(lateral) - across
            if gap > HORIZON_M or s < ego_s - BEHIND_M or edge > half_lane + self.lane.width_m:
                continue
            speed = float(snapshot.velocity_mps[k, :2] @ _heading(yaw)) - ego_speed
            neighbour = Neighbour(thing.name, gap, speed, lateral, 2.0 * across)
            if edge >= half_lane:
                beside.append(neighbour)
            elif s > ego_s:
                in_lane.append(neighbour)
        nearest = sorted(in_lane, key=_gap), sorted(beside, key=_gap)
        return tuple(nearest[0]), tuple(nearest[1])

    def _depth_m(self, water: Water | None, x_m: float, y_m: float) -> float:
        if water is None or not water.covers(x_m, y_m):
            return 0.0
        return max(0.0, water.level_m - self.site.ground.at(x_m, y_m))

    def _depth_ahead_m(self, water: Water | None, s_m: float) -> float:
        if water is None:
            return 0.0
        steps = np.arange(0.0, WATER_LOOKAHEAD_M + 0.5, 1.0)
        return max(self._depth_m(water, *self.lane.at(s_m + float(step))[:2]) for step in steps)


def _inside(region: Region, x_m: float, y_m: float) -> bool:
    return region.x_min_m <= x_m <= region.x_max_m and region.y_min_m <= y_m <= region.y_max_m


def _gap(neighbour: Neighbour) -> float:
    return neighbour.gap_m


def _heading(yaw_rad: float) -> NDArray[np.float64]:
    return np.array([math.cos(yaw_rad), math.sin(yaw_rad)])


@dataclass(frozen=True, eq=False)
class _Box:
    """An object's 3D box seen from above: middle, heading, half length and half width."""

    x_m: float
    y_m: float
    yaw_rad: float
    half_length_m: float
    half_width_m: float
    forward: NDArray[np.float64]

    @staticmethod
    def of(snapshot: Snapshot, index: int) -> _Box:
        pose = snapshot.T_world_object[index]
        thing: CastObject = snapshot.cast.objects[index]
        middle = pose[:3, :3] @ np.array(thing.box_center_m) + pose[:3, 3]
        return _Box(
            x_m=float(middle[0]),
            y_m=float(middle[1]),
            yaw_rad=math.atan2(pose[1, 0], pose[0, 0]),
            half_length_m=0.5 * thing.size_m[0],
            half_width_m=0.5 * thing.size_m[1],
            forward=pose[:3, 0],
        )

    def half_extents(self, direction_rad: float) -> tuple[float, float]:
        """Half the extent along a direction and across it."""
        c = abs(math.cos(self.yaw_rad - direction_rad))
        s = abs(math.sin(self.yaw_rad - direction_rad))
        return (
            c * self.half_length_m + s * self.half_width_m,
            s * self.half_length_m + c * self.half_width_m,
        )

    def corners(self) -> list[tuple[float, float]]:
        """The four corners of the footprint, world frame."""
        c, s = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        return [
            (self.x_m + c * a - s * b, self.y_m + s * a + c * b)
            for a in (-self.half_length_m, self.half_length_m)
            for b in (-self.half_width_m, self.half_width_m)
        ]


@lru_cache(maxsize=64)
def safe_speed_mps(conditions: Conditions, water_depth_m: float, limit_mps: float) -> float:
    """The greatest speed up to `limit_mps` from which the ego can stop within what it can see.

    Assured clear distance ahead: reaction distance plus v^2 / (2 mu g) within the meteorological optical
    range, with the friction that the surface under `water_depth_m` of standing water offers at that speed.
    """

    def stopping_m(speed: float) -> float:
        mu = conditions.surface.friction(speed, water_depth_m)
        return speed * REACTION_S + speed**2 / (2.0 * mu * GRAVITY_MPS2)

    sight_m = conditions.fog.mor_m
    if stopping_m(limit_mps) <= sight_m:
        return limit_mps
    low, high = 0.0, limit_mps
    while high - low > 0.01:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if stopping_m(middle) <= sight_m else (low, middle)
    return low
