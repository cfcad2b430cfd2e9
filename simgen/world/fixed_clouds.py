"""Clouds whose shape is known at any time: banks of fog, and the funnel and debris of a tornado.

A funnel condenses where the pressure of the vortex is as low as that at the cloud's base: it reaches down to
z = base - 1 / g int_r^inf v^2 / r' dr' (cyclostrophic balance and hydrostatic equilibrium; Snow, Reviews of Geophysics
20, 1982). The debris below it is dust that swirls with the air between half and twice the core radius.
"""

from __future__ import annotations

import math

import numpy as np

from simgen.conditions import Conditions, Fog, FogBank, Tornado
from simgen.conditions.plumes import KINDS
from simgen.conditions.wind import tornado_radius_m, tornado_swirl_mps
from simgen.models import HeightGrid
from simgen.rng import Stream
from simgen.snapshot import Puffs
from simgen.world.frames import Array

_GOLDEN_RAD = math.pi * (3.0 - math.sqrt(5.0))
_BANK_PUFFS, _BANK_OWN = 48, 0.3  # puffs of a bank, and the share of its variance that is theirs
_HALF_SD = math.sqrt(2.0 * math.log(2.0))  # standard deviations at which a Gaussian is half as high
_DROPLETS = (0.9, 0.89, 0.87)  # of a funnel: cloud with some dust in it
_DIRTY = (0.62, 0.58, 0.53)  # where it has drawn up most
_FUNNEL_PER_M, _STRANDS, _DEBRIS_PUFFS, _LEVELS = 0.12, 5, 130, 34
_WIDEST = 4.0  # core radii that a funnel is wide at most, below the cloud that it comes from
_RING, _BULGE = 0.74, 0.14  # shares of its radius at which its strands lie, and by which they bulge out
_CLIMB = 0.9  # tangent of the angle at which the strands of a funnel climb about it: our estimate
_ROW = 16
_TURNED = 0.85  # mean cosine of scattering by droplets


def fixed_clouds(conditions: Conditions, ground: HeightGrid, time_s: float) -> Puffs:
    """Banks of fog and the funnel of a tornado at a time."""
    puffs = [bank_puffs(bank, conditions.fog, ground) for bank in conditions.fog.banks]
    if conditions.tornado is not None:
        puffs.append(funnel_puffs(conditions.tornado, ground, time_s))
    return Puffs.joined(puffs)


def bank_puffs(bank: FogBank, fog: Fog, ground: HeightGrid) -> Puffs:
    """A bank of fog: swathes that together are a Gaussian, dense enough for its range of sight."""
    n = _BANK_PUFFS
    sx, sy = 0.5 * bank.length_m / _HALF_SD, 0.5 * bank.width_m / _HALF_SD
    sz = bank.depth_m / _HALF_SD
    own = math.sqrt(_BANK_OWN) * min(sx, sy)
    jitter = Stream(bank.seed, 0, "world.banks").array("place", 4 * n).reshape(n, 4)
    center = np.empty((n, 3))
    for k in range(n):
        r = math.sqrt(-2.0 * math.log(1.0 - (k + float(jitter[k, 0])) / n * (1.0 - 1e-9)))
        angle = k * _GOLDEN_RAD + bank.seed % 7
        center[k, 0] = bank.x_m + math.sqrt(sx * sx - own * own) * r * math.cos(angle)
        center[k, 1] = bank.y_m + math.sqrt(sy * sy - own * own) * r * math.sin(angle)
        center[k, 2] = ground.at(float(center[k, 0]), float(center[k, 1]))
    section = bank.extinction_per_m * math.pow(2.0 * math.pi, 1.5) * sx * sy * sz
    return Puffs(
        center_m=center,
        spread_m=np.tile([own, sz], (n, 1)),
        streak_m=np.zeros((n, 3)),
        cross_section_m2=np.full(n, section / n),
        albedo=np.full((n, 3), fog.albedo),
        asymmetry=np.full(n, _TURNED),
        key=jitter[:, 1:].copy(),
        raggedness=np.full(n, 0.5),
    )


def funnel_puffs(tornado: Tornado, ground: HeightGrid, time_s: float) -> Puffs:
    """The funnel and the debris of a tornado, which turn with its air."""
    x = tornado.x_m + tornado.velocity_mps[0] * time_s
    y = tornado.y_m + tornado.velocity_mps[1] * time_s
    base = ground.at(x, y)
    parts = [_funnel(tornado, time_s), _debris(tornado, time_s)]
    rows = np.concatenate([p for p in parts if len(p)]) if any(len(p) for p in parts) else np.zeros((0, _ROW))
    if not len(rows):
        return Puffs.none()
    volume = math.pow(2.0 * math.pi, 1.5) * rows[:, 3] ** 2 * rows[:, 4]
    drawn = 1.0 + ((rows[:, 13:16] / rows[:, [3, 3, 4]]) ** 2).sum(axis=1)
    return Puffs(
        center_m=rows[:, :3] + [x, y, base],
        spread_m=rows[:, 3:5].copy(),
        streak_m=rows[:, 13:16].copy(),
        cross_section_m2=rows[:, 5] * volume * np.sqrt(drawn),
        albedo=rows[:, 6:9].copy(),
        asymmetry=rows[:, 9].copy(),
        key=rows[:, 10:13].copy(),
        raggedness=np.ones(len(rows)),
    )


def _funnel(tornado: Tornado, time_s: float) -> Array:
    """(N, _ROW) puffs of the funnel about its foot: centre, spreads, extinction, albedo, asymmetry, key, streak.

    A core, and strands that wind about it as the air does: they bulge out and draw in, and carry more or less dust.
    They turn as one, or their shear would tear them apart within seconds, and nowhere faster than the air at its
    fastest.
    """
    top = tornado.cloud_base_m
    stream = Stream(0, 0, "world.funnel")
    keys = stream.array("key", 4 * _LEVELS * (_STRANDS + 1)).reshape(_LEVELS, _STRANDS + 1, 4)
    phases = 2.0 * math.pi * stream.array("phase", 4 * _STRANDS).reshape(_STRANDS, 4)
    rows: list[list[float]] = []
    turn = tornado.max_speed_mps / ((_RING + _BULGE) * _WIDEST * tornado.core_radius_m) * time_s
    wound = 0.0
    for level in range(_LEVELS):
        z = top * ((level + 0.5) / _LEVELS) ** 1.6
        step = top * 1.6 * ((level + 0.5) / _LEVELS) ** 0.6 / _LEVELS
        radius = min(tornado_radius_m(tornado, z), _WIDEST * tornado.core_radius_m)
        wound += step / (_CLIMB * max(radius, 0.3 * tornado.core_radius_m))
        if radius <= 0.0:
            continue
        lean = 0.12 * z  # the upper part runs ahead of the foot, which the ground holds back
        speed = math.hypot(*tornado.velocity_mps) or 1.0
        lx, ly = lean * tornado.velocity_mps[0] / speed, lean * tornado.velocity_mps[1] / speed
        sway = 0.25 * radius
        lx += sway * math.cos(0.05 * z + 0.6 * time_s)
        ly += sway * math.sin(0.05 * z + 0.6 * time_s)
        up = max(0.55 * step, 0.3 * radius)
        dense = _FUNNEL_PER_M * step / (up * math.sqrt(2.0 * math.pi)) * 2.5
        rows.append(
            [lx, ly, z, 0.36 * radius, up, 1.5 * dense, *_mixed(0.4), _TURNED, *keys[level, -1, :3].tolist(),
             0.0, 0.0, 0.0]
        )  # fmt: skip
        for k in range(_STRANDS):
            bulge, wave, dust, wide = phases[k].tolist()
            out = 0.5 * math.sin(0.031 * z + bulge) + 0.5 * math.sin(0.083 * z + wave)
            angle = turn + wound + 2.0 * math.pi * k / _STRANDS + 0.25 * out
            ring, drawn = (_RING + _BULGE * out) * radius, 0.75 * step  # as far as the next of its strand
            rows.append(
                [lx + ring * math.cos(angle), ly + ring * math.sin(angle), z,
                 (0.22 + 0.06 * math.sin(0.05 * z + wide)) * radius, 0.8 * up,
                 dense * (1.0 + 1.6 * float(keys[level, k, 3])), *_mixed(0.5 + 0.5 * math.sin(0.021 * z + dust)),
                 _TURNED, *keys[level, k, :3].tolist(),
                 -drawn / _CLIMB * math.sin(angle), drawn / _CLIMB * math.cos(angle), drawn]
            )  # fmt: skip
    return np.array(rows).reshape(-1, _ROW)


def _mixed(dirty: float) -> list[float]:
    """Albedo of a funnel with so much of the most dust."""
    return [a + (b - a) * dirty for a, b in zip(_DROPLETS, _DIRTY, strict=True)]


def _debris(tornado: Tornado, time_s: float) -> Array:
    """(N, _ROW) puffs of the dust that swirls about its foot, as for the funnel."""
    if tornado.dust_kgpm3 <= 0.0:
        return np.zeros((0, _ROW))
    n, core, matter = _DEBRIS_PUFFS, tornado.core_radius_m, KINDS["dust"]
    u = Stream(0, 0, "world.debris").array("place", 7 * n).reshape(n, 7)
    rows = np.zeros((n, _ROW))
    for k in range(n):
        r = core * (0.35 + 1.25 * float(u[k, 0]))
        z = 0.9 * core * float(u[k, 1]) ** 2.2
        angle = 2.0 * math.pi * float(u[k, 2]) + tornado_swirl_mps(tornado, r) / r * time_s
        size = core * (0.14 + 0.16 * float(u[k, 3]))
        thin = math.exp(-2.2 * z / core) * math.exp(-((r / (1.2 * core)) ** 4))
        rows[k, :6] = (
            r * math.cos(angle), r * math.sin(angle), z, size, 0.7 * size,
            1.6 * tornado.dust_kgpm3 * matter.extinction_m2pkg * thin,
        )  # fmt: skip
        rows[k, 13:16] = -0.5 * size * math.sin(angle), 0.5 * size * math.cos(angle), 0.15 * size
        rows[k, 6:9], rows[k, 9], rows[k, 10:13] = matter.albedo, matter.asymmetry, u[k, 4:7]
    rows[:, 6:9] *= 0.9  # soil and litter are darker than the dust of roads
    return rows
