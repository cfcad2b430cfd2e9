"""The moving air of a scene as one compiled field: velocity at any points and time.

Gusts are frozen waves that travel with the mean wind (Taylor's hypothesis): what passes one car passes the next
one later. They scale with the mean profile, so that their intensity is the same at every height.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from simgen.compiled import kernel
from simgen.conditions import Conditions, Wind
from simgen.conditions.wind import CROSS_INTENSITY, CROSS_LENGTH, REFERENCE_HEIGHT_M, kaimal_quantile
from simgen.rng import Stream
from simgen.world.frames import Array
from simgen.world.ground import Heights, height_at

WAVES = 32
_SWIRL = 1.397953
_DECAY = 1.256431
_INFLOW_DEPTH = 0.5  # of the core radius


class AirField(NamedTuple):
    """Moving air.

    Attributes:
        mean: (3,) mean speed at the reference height and the (x, y) unit vector that it blows along.
        roughness_m: roughness length; 0 is the same wind at any height.
        waves: (2, WAVES, 3) gusts along and across: speed amplitude, angular frequency in rad/s, phase.
        ground: heights that the wind's profile begins at.
        vortex: (7,) x, y at t = 0, core radius, greatest swirl, velocity x, y, greatest inflow; radius 0 for none.
    """

    mean: Array
    roughness_m: float
    waves: Array
    vortex: Array
    ground: Heights


def blows(conditions: Conditions) -> bool:
    """Whether any air moves."""
    return conditions.wind.speed_mps > 0.0 or conditions.tornado is not None


def air_field(conditions: Conditions, ground: Heights) -> AirField:
    """The field of a scene's wind and tornado over its ground."""
    wind, t = conditions.wind, conditions.tornado
    vortex = np.zeros(7)
    if t is not None:
        vortex[:] = (t.x_m, t.y_m, t.core_radius_m, t.max_speed_mps, *t.velocity_mps, t.inflow * t.max_speed_mps)
    mean = np.array([wind.speed_mps, math.cos(wind.direction_rad), math.sin(wind.direction_rad)])
    return AirField(mean, wind.roughness_m, _waves(wind), vortex, ground)


def _waves(wind: Wind) -> Array:
    """Waves of one amplitude, one in each of `WAVES` shares of the variance; the place within it is drawn."""
    out = np.zeros((2, WAVES, 3))
    stream = Stream(wind.gust_seed, 0, "world.wind")
    for axis, (name, intensity, length) in enumerate((("along", 1.0, 1.0), ("across", CROSS_INTENSITY, CROSS_LENGTH))):
        within, phase = stream.array(f"{name}.within", WAVES), stream.array(f"{name}.phase", WAVES)
        sigma = wind.speed_mps * wind.gust_intensity * intensity
        for k in range(WAVES):
            n = kaimal_quantile((k + float(within[k])) / WAVES)
            omega = 2.0 * math.pi * n * wind.speed_mps / (wind.gust_length_m * length)
            out[axis, k] = sigma * math.sqrt(2.0 / WAVES), omega, 2.0 * math.pi * phase[k]
    return out


@kernel
def air_velocity(field: AirField, points_m: Array, time_s: float, out_mps: Array) -> None:
    """Set the air's velocity at points.

    Args:
        field: the air.
        points_m: (N, 3) world positions.
        time_s: since the start of the scene.
        out_mps: (N, 3) result, world frame.
    """
    speed, cx, cy = field.mean[0], field.mean[1], field.mean[2]
    z0, v = field.roughness_m, field.vortex
    radius = v[2]
    for i in range(points_m.shape[0]):
        x, y = points_m[i, 0], points_m[i, 1]
        z = max(points_m[i, 2] - height_at(field.ground, x, y), 0.0)
        out_mps[i, 0] = out_mps[i, 1] = out_mps[i, 2] = 0.0
        if speed > 0.0:
            share = 1.0 if z0 <= 0.0 else math.log1p(z / z0) / math.log1p(REFERENCE_HEIGHT_M / z0)
            late = time_s - (x * cx + y * cy) / speed
            along, across = speed, 0.0
            for k in range(field.waves.shape[1]):
                a, b = field.waves[0, k], field.waves[1, k]
                if a[0] > 0.0:
                    along += a[0] * math.cos(a[1] * late + a[2])
                    across += b[0] * math.cos(b[1] * late + b[2])
            out_mps[i, 0] = share * (along * cx - across * cy)
            out_mps[i, 1] = share * (along * cy + across * cx)
        if radius > 0.0:
            dx, dy = x - (v[0] + v[4] * time_s), y - (v[1] + v[5] * time_s)
            p2 = (dx * dx + dy * dy) / (radius * radius)
            # both over r, so that the axis itself needs no special case
            turn = v[3] * _SWIRL / radius * (_DECAY if p2 < 1e-12 else -math.expm1(-_DECAY * p2) / p2)
            depth = z / (_INFLOW_DEPTH * radius)
            near = 1.0 / math.cosh(min(depth, 300.0))
            inward = v[6] * 2.0 / (radius * (1.0 + p2)) * near * near
            out_mps[i, 0] += v[4] - turn * dy - inward * dx
            out_mps[i, 1] += v[5] + turn * dx - inward * dy
            out_mps[i, 2] += v[6] * 4.0 * _INFLOW_DEPTH * math.tanh(depth) / ((1.0 + p2) * (1.0 + p2))
