"""Where the ego stands in its lane and what lies around it: the numbers that observation and task share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simgen.areas import row_of
from simgen.conditions import Conditions, Water
from simgen.env.tasks.lane_view import (
    ACROSS,
    ALONG,
    COLUMNS,
    HEADING,
    LATERAL,
    SPEED,
    YAW,
    Boxes,
    S,
    X,
    Y,
    corners_off,
    deepest_ahead,
    depth_at,
    look_around,
)
from simgen.errors import UserError
from simgen.models import Lane, Region, Site, build_site
from simgen.scenario.scene import Scene
from simgen.snapshot import Cast, Poses
from simgen.world.ground import heights_of
from simgen.world.path import path_of_lane, point_beside
from simgen.world.state import on_area

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
        self._path = path_of_lane(self.lane)
        self.length_m = float(self._path.s_m[-1])
        self._surface_m = np.array(row_of(self.surface))
        self._ground = heights_of(site.ground)
        self._pool: NDArray[np.float64] | None = None
        self._cast: Cast | None = None
        self._boxes = Boxes(np.zeros((0, 3)), np.zeros((0, 3)))
        self._ego = (0.0, 0.0, 0.0, 0.0)

    def look(self, poses: Poses) -> Situation:
        """The situation at a tick of a world of this road's scene."""
        around = self._around(poses)
        ego = around[self.ego_index]
        k = self.ego_index
        x, y, s, heading = float(ego[X]), float(ego[Y]), float(ego[S]), float(ego[HEADING])
        speed = float(poses.velocity_mps[k] @ poses.T_world_object[k, :3, 0])
        self._ego = (x, y, float(ego[YAW]), s)
        depth, ahead = self._depths_m(poses.conditions.water, x, y, s)
        in_lane, beside = self._neighbours(poses, around)
        return Situation(
            time_s=poses.time_s,
            s_m=s,
            speed_mps=speed,
            lateral_offset_m=float(ego[LATERAL]),
            heading_error_rad=math.remainder(float(ego[YAW]) - heading, 2.0 * math.pi),
            yaw_rate_radps=float(poses.angular_velocity_radps[k, 2]),
            off_road_share=corners_off(self._surface_m, ego) / 4.0,
            left_road=not on_area(self._surface_m, x, y),
            conditions=poses.conditions,
            friction=poses.conditions.surface.at(x, y).friction(abs(speed), depth),
            water_depth_m=depth,
            water_depth_ahead_m=ahead,
            in_lane=in_lane,
            beside=beside,
        )

    def pursuit_per_m(self, ahead_m: float, left_m: float = 0.0) -> float:
        """Curvature, left positive, of the arc from the ego as seen last to the lane `ahead_m` ahead (pure pursuit).

        Args:
            ahead_m: distance along the lane.
            left_m: left of the lane's centre line.
        """
        x, y, yaw, s = self._ego
        at_x, at_y = point_beside(self._path, s + ahead_m, 0, left_m)
        dx, dy = at_x - x, at_y - y
        aside = math.cos(yaw) * dy - math.sin(yaw) * dx
        return float(2.0 * aside / max(dx * dx + dy * dy, 1.0))

    def has_room(self, s_m: float, left_m: float, width_m: float) -> bool:
        """Whether something so wide is on the drivable surface beside an arc length of the lane."""
        sides = (left_m - 0.5 * width_m, left_m + 0.5 * width_m)
        return all(on_area(self._surface_m, *point_beside(self._path, s_m, 0, side)) for side in sides)

    def point_m(self, s_m: float) -> tuple[float, float]:
        """Where the lane's middle is at an arc length, world frame."""
        x, y = point_beside(self._path, s_m, 0, 0.0)
        return float(x), float(y)

    def _around(self, poses: Poses) -> NDArray[np.float64]:
        """(N, COLUMNS) where all objects are along the lane; see `look_around`."""
        objects = poses.cast.objects
        if self._cast is not poses.cast:
            self._cast = poses.cast
            self._boxes = Boxes(
                np.array([o.box_center_m for o in objects], np.float64),
                np.array([o.size_m for o in objects], np.float64),
            )
        around = np.empty((len(objects), COLUMNS))
        look_around(self._path, self._boxes, poses.T_world_object, poses.velocity_mps, around)
        return around

    def _neighbours(
        self, poses: Poses, around: NDArray[np.float64]
    ) -> tuple[tuple[Neighbour, ...], tuple[Neighbour, ...]]:
        in_lane: list[Neighbour] = []
        beside: list[Neighbour] = []
        ego_s, ego_half, ego_speed = around[self.ego_index, [S, ALONG, SPEED]].tolist()
        half_lane = 0.5 * self.lane.width_m
        rows = around[:, [S, LATERAL, ALONG, ACROSS, SPEED]].tolist()
        for k, (s, lateral, along, across, speed) in enumerate(rows):
            if k == self.ego_index:
                continue
            gap = s - ego_s - along - ego_half
            edge = abs(lateral) - across
            if gap > HORIZON_M or s < ego_s - BEHIND_M or edge > half_lane + self.lane.width_m:
                continue
            neighbour = Neighbour(poses.cast.objects[k].name, gap, speed - ego_speed, lateral, 2.0 * across)
            if edge >= half_lane:
                beside.append(neighbour)
            elif s > ego_s:
                in_lane.append(neighbour)
        nearest = sorted(in_lane, key=_gap), sorted(beside, key=_gap)
        return tuple(nearest[0]), tuple(nearest[1])

    def _depths_m(self, water: Water | None, x_m: float, y_m: float, s_m: float) -> tuple[float, float]:
        """Depth of the water at a point, and the greatest along the lane ahead of an arc length."""
        if water is None:
            return 0.0, 0.0
        if self._pool is None:  # where water stands does not change, its level does
            self._pool = np.array(row_of(water))
        here = depth_at(self._pool, water.level_m, self._ground, x_m, y_m)
        return here, deepest_ahead(self._pool, water.level_m, self._ground, self._path, s_m, WATER_LOOKAHEAD_M)


def _gap(neighbour: Neighbour) -> float:
    return neighbour.gap_m


@lru_cache(maxsize=64)
def safe_speed_mps(conditions: Conditions, water_depth_m: float, limit_mps: float) -> float:
    """The greatest speed up to `limit_mps` from which the ego can stop within what it can see.

    Assured clear distance ahead: reaction distance plus v^2 / (2 mu g) within the meteorological optical range through
    all that is in the air, with the friction that the surface under `water_depth_m` of standing water offers at that
    speed.
    """

    def stopping_m(speed: float) -> float:
        mu = conditions.surface.friction(speed, water_depth_m)
        return speed * REACTION_S + speed**2 / (2.0 * mu * GRAVITY_MPS2)

    sight_m = conditions.mor_m
    if stopping_m(limit_mps) <= sight_m:
        return limit_mps
    low, high = 0.0, limit_mps
    while high - low > 0.01:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if stopping_m(middle) <= sight_m else (low, middle)
    return low
