"""Where an actor stands before physics starts: on the ground, tilted with it, touching and not sunk in."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import kernel
from simgen.models import HeightGrid, Model
from simgen.scenario.scene import ActorSpec
from simgen.world.frames import Array, matrix_from_angles, pose, turn
from simgen.world.ground import Heights, height_at, heights_of
from simgen.world.solids import Solid, support_points

CLEARANCE_M = 0.002
"""Gap under a freshly placed body, closed while the scene settles."""
_AT_GROUND_M = 0.01  # a position no higher than this above the ground means "on the ground"


def initial_pose(spec: ActorSpec, model: Model, solids: list[Solid], ground: HeightGrid) -> Array:
    """(4, 4) pose of the model frame in the world.

    An actor whose z is at or below the ground stands on it: vehicles on their four wheels, other loose things
    along the slope, people, animals and fixed things upright with their origin on the ground. A z above the
    ground is a drop height. Angles that the author gave are kept.
    """
    x, y, z = spec.position_m
    ground_m = ground.at(x, y)
    grounded = z <= ground_m + _AT_GROUND_M
    rotation = matrix_from_angles(spec.yaw_rad, spec.pitch_rad, spec.roll_rad)
    upright = model.kinematic or not model.dynamic or spec.behaviour == "static"
    if upright:
        return pose(rotation, (x, y, max(z, ground_m)))
    plane_m = ground_m
    if grounded and spec.pitch_rad == 0.0 and spec.roll_rad == 0.0:
        rotation, plane_m = _on_slope(x, y, spec.yaw_rad, _feet(model), ground)
    if grounded and (model.vehicle is not None or model.urdf):
        lift = 0.0 if model.vehicle is not None else CLEARANCE_M
        return pose(rotation, (x, y, plane_m + lift))
    points, radii = support_points(solids)
    world = turn(rotation, points)
    touching = CLEARANCE_M + float(_least_rise_m(heights_of(ground), x, y, world, radii))
    return pose(rotation, (x, y, touching if grounded else max(touching, z)))


@kernel
def _least_rise_m(ground: Heights, x_m: float, y_m: float, points_m: Array, radii_m: Array) -> float:
    """Height of an origin over (x, y) at which none of the balls (N, 3), (N,) about it is in the ground."""
    most = -math.inf
    for n in range(points_m.shape[0]):
        p = points_m[n]
        most = max(most, height_at(ground, x_m + p[0], y_m + p[1]) - p[2] + radii_m[n])
    return most


def _feet(model: Model) -> tuple[float, float, float]:
    """Position x of the front and rear supports and half their distance across, in the model frame."""
    if model.vehicle is not None:
        v = model.vehicle
        if v.kingpin_m is not None:  # its tractor bears it in front
            return v.kingpin_m[0], v.front_axle_x_m - 0.5 * v.wheelbase_m, 0.5 * v.track_m
        return v.front_axle_x_m, v.front_axle_x_m - v.wheelbase_m, 0.5 * v.track_m
    cx, half = model.box_center_m[0], 0.5 * model.size_m[0]
    return cx + half, cx - half, 0.5 * model.size_m[1]


def _on_slope(
    x: float, y: float, yaw_rad: float, feet: tuple[float, float, float], ground: HeightGrid
) -> tuple[Array, float]:
    """Orientation on the plane through the ground under four supports, and its height at the origin."""
    front, rear, half = feet
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    height = {(a, b): ground.at(x + c * a - s * b, y + s * a + c * b) for a in (front, rear) for b in (half, -half)}
    along = (height[front, half] + height[front, -half] - height[rear, half] - height[rear, -half]) / (
        2.0 * (front - rear)
    )
    across = (height[front, half] + height[rear, half] - height[front, -half] - height[rear, -half]) / (4.0 * half)
    forward = np.array([c, s, along])
    left = np.array([-s, c, across])
    up = np.cross(forward, left)
    up /= np.linalg.norm(up)
    forward /= np.linalg.norm(forward)
    origin_m = sum(height.values()) / 4.0 - along * 0.5 * (front + rear)
    return np.column_stack([forward, np.cross(up, forward), up]), origin_m
