"""What floats in the air of a world: puffs that wind, buoyancy and turbulence carry on, and ground and roofs reflect.

Formulas and their sources are in `simgen.conditions.plumes`. The middle of a puff moves with the air about it, and half
of the variance by which a plume spreads is that of where puffs go, so that the mean of all shapes that a plume may have
is the Gaussian one, and each shape is ragged. Under a ceiling a plume spreads as fast as its hot jet does: U = 0.195
Q^(1/3) H^(1/2) / r^(5/6) for Q in kW (Alpert, Fire Technology 8, 1972); the eddies of a room spread it by 0.02 m2/s
(Cheng et al., Environmental Science and Technology 45, 2011: 0.001 to 0.013 in calm, more in ventilated rooms).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.models import Site
from simgen.snapshot import Puffs
from simgen.world.air import AirField, air_velocity
from simgen.world.frames import Array
from simgen.world.ground import height_at

_WANDER = math.sqrt(0.5)  # share of the spread's deviation that is that of the puffs' places
_SMEAR = 0.45  # of the way to the next puff that a puff is drawn out by
_EDDY_M2PS = 0.02
_CALM_MPS = 0.3  # air outdoors is never stiller
_RISE_SPREAD = 1.0 / 3.5  # Pasquill 1976
_STILL_SPREAD = 0.085  # Gaussian half-widths of plumes in still air are 0.12 z: Rouse, Yih and Humphreys 1952
_STILL_WIDTH = 0.12  # radius over height of the same plume with a sharp edge, 6 / 5 of the entrainment
_JET_DEPTH = 0.1  # of a ceiling's height above the floor
_IMAGE_SD = 3.0
_WAKE_S = 1.0  # in which what a vehicle drags along is slowed to 1 / e
_GONE = 5.0  # lifetimes after which a puff is forgotten

# Columns of a puff's state.
X, Y, Z, VX, VY, VZ = 0, 1, 2, 3, 4, 5
AGE, WAY, RISEN, SWELL, JET = 6, 7, 8, 9, 10  # s; m along the ground; m by buoyancy; m of spread by it; m under a roof
FLUX, HEAT_KW, RADIUS, GROUNDED = (
    11,
    12,
    13,
    14,
)  # GROUNDED: 1 until the height, counted from the ground, is the world's
STANDS, MASS = 15, 16  # emission goes on until AGE is STANDS
SETTLING, LASTS, SECTION, ASYMMETRY = 17, 18, 19, 20
ALBEDO, KEY, WANDER = 21, 24, 27  # three each
WAKE = 30  # and 31: velocity that it has from a wake at first
SOURCE = 32  # to 34: velocity of its source
RAGGED = 35
STATE = 36


def fresh(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """The (STATE,) state of a puff whose shape and wandering are drawn; lasts for ever.

    Args:
        draws: (15,) uniform values.
    """
    row = np.zeros(STATE)
    row[LASTS], row[RAGGED] = math.inf, 1.0
    row[KEY : KEY + 3] = draws[:3]
    for axis in range(3):  # sums of four uniforms: nearly normal, and never far off
        row[WANDER + axis] = (draws[3 + 4 * axis : 7 + 4 * axis].sum() - 2.0) * math.sqrt(3.0)
    return row


class Floating:
    """All puffs of a world.

    Args:
        site: over whose ground, between whose walls and under whose roof they float.
    """

    def __init__(self, site: Site) -> None:
        roofs = [part.mesh.vertices_m[:, 2].max() for part in site.parts if part.roof]
        self._lid_m = float(max(roofs)) if site.indoor and roofs else math.inf
        b = site.bounds
        self._walls = np.array([b.x_min_m, b.x_max_m, b.y_min_m, b.y_max_m])
        self._indoor = site.indoor
        self.state = np.zeros((0, STATE))
        self._air = np.zeros((1, 3))

    def add(self, rows: list[NDArray[np.float64]]) -> None:
        """Take up puffs of an `AGE` below 0, which begin when it is 0."""
        if rows:
            self.state = np.concatenate([self.state, np.array(rows)])

    def move(self, field: AirField, time_s: float, dt_s: float) -> None:
        """Move on by a step from a time; what has gone is forgotten."""
        drift(field, time_s, dt_s, self._lid_m, self._indoor, self._walls, self.state, self._air)
        there = self.state[:, AGE] < _GONE * self.state[:, LASTS]
        if not there.all():
            self.state = self.state[there]

    def puffs(self, field: AirField, later_s: float) -> Puffs:
        """What floats a little later than the state's own time."""
        if not len(self.state):
            return Puffs.none()
        out = np.zeros((3 * len(self.state), 17))
        out = out[: spread(field, later_s, self._lid_m, self._indoor, self.state, out)]
        return Puffs(
            center_m=out[:, 0:3].copy(),
            spread_m=out[:, 3:5].copy(),
            streak_m=out[:, 5:8].copy(),
            cross_section_m2=out[:, 8].copy(),
            albedo=out[:, 9:12].copy(),
            asymmetry=out[:, 12].copy(),
            key=out[:, 13:16].copy(),
            raggedness=out[:, 16].copy(),
        )


@kernel
def drift(
    field: AirField, time_s: float, dt_s: float, lid_m: float, indoor: bool, walls: Array, state: Array, air: Array
) -> None:
    """Move puffs through a step.

    Args:
        field: the air; time_s: at the start; dt_s: the step.
        lid_m: world height of the ceiling, inf for none; indoor: whether there are walls (4,): x and y bounds.
        state: (N, STATE) in place.
        air: (1, 3) work space.
    """
    for n in range(state.shape[0]):
        p = state[n]
        if p[GROUNDED] == 1.0:
            p[GROUNDED] = 0.0
            p[Z] += height_at(field.ground, p[X], p[Y])
        age = p[AGE] + dt_s
        dt = min(dt_s, age)
        p[AGE] = age
        if dt <= 0.0:
            continue
        floor = height_at(field.ground, p[X], p[Y])
        _, up = _widths(p, indoor)
        height = max(p[Z] - floor, 0.6 * up)  # low puffs reach up into faster air
        x, y, z = p[X], p[Y], p[Z]
        p[Z] = floor + height
        air_velocity(field, state[n : n + 1, X:VX], time_s + dt_s - 0.5 * dt, air)
        p[X], p[Y], p[Z] = x, y, z
        slowed = math.exp(-(age - 0.5 * dt) / _WAKE_S)
        vx, vy = air[0, 0] + slowed * p[WAKE], air[0, 1] + slowed * p[WAKE + 1]
        vz = air[0, 2] - p[SETTLING]
        wind = math.sqrt(vx * vx + vy * vy)
        lid = lid_m - _JET_DEPTH * max(lid_m - floor, 0.0) if lid_m < math.inf else math.inf
        if p[FLUX] > 0.0 and p[Z] < lid:
            rise, share = _rise(p, wind, age)
            vz += rise
            p[RISEN] += rise * dt
            p[SWELL] += share * rise * dt
        elif p[HEAT_KW] > 0.0 and p[Z] >= lid:
            deep = max(lid_m - floor, 1.0)
            r = max(p[JET], 0.15 * deep)
            speed = 0.195 * p[HEAT_KW] ** (1.0 / 3.0) * math.sqrt(deep) / r ** (5.0 / 6.0)
            speed *= math.exp(-p[JET] / (2.0 * deep))  # it mixes with the layer below
            away = 2.0 * math.pi * p[KEY]
            vx += speed * math.cos(away)
            vy += speed * math.sin(away)
            p[JET] += speed * dt
            vz = max(vz, 0.0)
        p[VX], p[VY], p[VZ] = vx, vy, vz
        p[WAY] += (wind if indoor else max(wind, _CALM_MPS)) * dt
        p[X] += vx * dt
        p[Y] += vy * dt
        p[Z] = min(max(p[Z] + vz * dt, floor), lid if p[FLUX] > 0.0 else lid_m)
        if indoor:
            for axis in range(2):
                low, high = walls[2 * axis], walls[2 * axis + 1]
                q = p[X + axis]
                q = low + low - q if q < low else (high + high - q if q > high else q)
                p[X + axis] = min(max(q, low), high)


@kernel
def _rise(p: Array, wind: float, age: float) -> tuple[float, float]:
    """Speed at which a puff rises by its heat, and how much of it the puff grows by."""
    flux = p[FLUX]
    origin = p[RADIUS] / _STILL_WIDTH
    still = 25.0 / 3.0 * (0.09 * flux / (p[RISEN] + origin)) ** (1.0 / 3.0)
    if wind < 0.1:
        return still, _STILL_SPREAD
    full = 49.0 * flux**0.625 if flux < 55.0 else 119.0 * flux**0.4
    if wind * age >= full:
        return 0.0, 0.0
    bent = 1.6 * 2.0 / 3.0 * (flux / wind) ** (1.0 / 3.0) * max(age, 0.05) ** (-1.0 / 3.0)
    if bent < still:
        return bent, _RISE_SPREAD
    return still, _STILL_SPREAD


@kernel
def _widths(p: Array, indoor: bool) -> tuple[float, float]:
    """Standard deviations of a puff across and up, if all went straight on, in m."""
    way, own = p[WAY], 0.5 * p[RADIUS]
    level = own * own + p[SWELL] ** 2 + (0.35 * p[JET]) ** 2
    up = own * own + p[SWELL] ** 2
    if indoor:
        eddies = 2.0 * _EDDY_M2PS * max(p[AGE], 0.0)
        return math.sqrt(level + eddies), math.sqrt(up + eddies)
    across, above = 0.08 * way / math.sqrt(1.0 + 1e-4 * way), 0.06 * way / math.sqrt(1.0 + 1.5e-3 * way)
    return math.sqrt(level + across * across), math.sqrt(up + above * above)


@kernel
def spread(field: AirField, later_s: float, lid_m: float, indoor: bool, state: Array, out: Array) -> int:
    """Write puffs as `simgen.snapshot.Puffs` has them, with their images below the ground and above the ceiling.

    Args:
        field, lid_m, indoor, state: as in `drift`.
        later_s: since the state's own time.
        out: (3 N, 17) float64: centre, spread, streak, cross section, albedo, asymmetry, key, raggedness.

    Returns:
        How many rows are written.
    """
    count = 0
    for n in range(state.shape[0]):
        p = state[n]
        age = p[AGE] + later_s
        if age <= 0.0:
            continue
        level, up = _widths(p, indoor)
        own = 0.5 * p[RADIUS]
        wide, tall = math.sqrt(level * level - own * own), math.sqrt(up * up - own * own)
        x = p[X] + p[VX] * later_s + _WANDER * wide * p[WANDER]
        y = p[Y] + p[VY] * later_s + _WANDER * wide * p[WANDER + 1]
        z = p[Z] + p[VZ] * later_s + _WANDER * tall * p[WANDER + 2]
        floor = height_at(field.ground, x, y)
        z = floor + abs(z - floor)
        z = min(z, lid_m + lid_m - z) if z > lid_m else z
        emitted = min(age / p[STANDS], 1.0)
        section = p[SECTION] * p[MASS] * emitted * math.exp(-(age - 0.5 * min(age, p[STANDS])) / p[LASTS])
        smear = _SMEAR * min(p[STANDS], age)
        level = math.sqrt(own * own + (1.0 - _WANDER * _WANDER) * wide * wide)
        up = math.sqrt(own * own + (1.0 - _WANDER * _WANDER) * tall * tall)
        for image in range(3):
            if image == 1 and z - floor > _IMAGE_SD * up:
                continue
            if image == 2 and not lid_m - z < _IMAGE_SD * up:
                continue
            row = out[count]
            turned = 1.0 if image == 0 else -1.0
            row[0], row[1] = x, y
            row[2] = z if image == 0 else (floor + floor - z if image == 1 else lid_m + lid_m - z)
            row[3], row[4] = level, up
            row[5], row[6] = smear * (p[VX] - p[SOURCE]), smear * (p[VY] - p[SOURCE + 1])
            row[7] = turned * smear * (p[VZ] - p[SOURCE + 2])
            row[8] = section
            for k in range(3):
                row[9 + k] = p[ALBEDO + k]
                row[13 + k] = p[KEY + k]
            row[12], row[16] = p[ASYMMETRY], p[RAGGED]
            count += 1
    return count
