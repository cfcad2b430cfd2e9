"""The table of lamps that the light stage reads: which lamps matter about an eye, and how far each of them does."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import inline, kernel
from simgen.render.kernels.lamps import (
    AREA,
    LAMP_BEAM,
    LAMP_CD,
    LAMP_COLUMNS,
    LAMP_COS,
    LAMP_DIR,
    LAMP_POS,
    LAMP_REACH,
    LAMP_SHADOW,
    LAMP_SIZE2,
    LAMP_TINT,
    LAMP_UP,
    SPOT,
)

LAMP_HEIGHT_M = 0.65
"""Height above the ground at which vehicles and robots carry their lamps."""
BOUNCE_REFLECTANCE = 0.25
"""Mean albedo of what a beam falls on: floor, road, walls."""
_LEAST_REACH_M, _MOST_REACH_M, _HORIZON_M = 0.3, 250.0, 120.0  # a lamp whose light ends further off is not seen
_POOL_AHEAD_M, _LOW_BEAM_AHEAD_M = 6.0, 13.0  # where the middle of a beam's patch of light lies at most
_LOW_BEAM_SINE2 = 0.025  # as that of a spot of as many lumens


@kernel
def lamp_rows(position, direction, intensity, beam, cosine, owner, eye, extinction, threshold_lx, table, owners, gap):
    """Rows of the lamps, and of the light that their beams throw back off the ground, that reach what is near the eye.

    Args:
        position, direction, intensity, beam, cosine, owner: columns of `snapshot.Lamps`, N rows.
        eye: (3,) float64 world.
        extinction: of the air, 1/m; threshold_lx: a lamp matters as far as it gives more.
        table: (2 N, LAMP_COLUMNS) float32 output, LAMP_SHADOW -1; owners: (2 N,) uint16 output.
        gap: (2 N,) float64 output, distances from the eye in metres.

    Returns:
        How many rows there are.
    """
    count = 0
    for k in range(position.shape[0]):
        row = table[count]
        peak = max(intensity[k, 0], max(intensity[k, 1], intensity[k, 2]))
        for c in range(LAMP_COLUMNS):
            row[c] = 0.0
        for c in range(3):
            row[LAMP_POS + c] = position[k, c]
            row[LAMP_DIR + c] = direction[k, c]
            row[LAMP_TINT + c] = intensity[k, c] / max(peak, 1e-9)
        row[LAMP_CD], row[LAMP_BEAM], row[LAMP_COS], row[LAMP_SHADOW] = peak, beam[k], cosine[k], -1.0
        if beam[k] != AREA:
            _upward(direction[k], row)
        owners[count] = owner[k]
        count += _matters(row, eye, extinction, threshold_lx, gap[count:])
    for k in range(position.shape[0]):
        if beam[k] == AREA:
            continue
        row = table[count]
        _pool(position[k], direction[k], intensity[k], beam[k], cosine[k], row)
        owners[count] = 0
        count += _matters(row, eye, extinction, threshold_lx, gap[count:])
    return count


@inline
def _upward(direction, row):
    """The upward perpendicular of a beam axis: world up made orthogonal to it."""
    steep = abs(direction[2]) >= 0.95
    x, z = (1.0, 0.0) if steep else (0.0, 1.0)
    along = x * direction[0] + z * direction[2]
    ux, uy, uz = x - along * direction[0], -along * direction[1], z - along * direction[2]
    norm = math.sqrt(ux * ux + uy * uy + uz * uz)
    row[LAMP_UP], row[LAMP_UP + 1], row[LAMP_UP + 2] = ux / norm, uy / norm, uz / norm


@inline
def _pool(position, direction, intensity, beam, cosine, row):
    """The lit patch of ground in front of a beam, as an upward source: first-bounce light for the surroundings.

    A beam of peak I over half angle a sends about I pi sin(a)^2 / 2 lumens; the ground returns its reflectance
    of that, spread over the upper hemisphere by the cosine (peak flux / pi).
    """
    sine2 = 1.0 - cosine * cosine if beam == SPOT else _LOW_BEAM_SINE2
    ahead = min(LAMP_HEIGHT_M / math.sqrt(max(sine2, 1e-9)), _POOL_AHEAD_M) if beam == SPOT else _LOW_BEAM_AHEAD_M
    peak = max(intensity[0], max(intensity[1], intensity[2]))
    for c in range(LAMP_COLUMNS):
        row[c] = 0.0
    for c in range(3):
        row[LAMP_POS + c] = position[c] + direction[c] * ahead
        row[LAMP_TINT + c] = intensity[c] / max(peak, 1e-9)
    row[LAMP_POS + 2] -= np.float32(LAMP_HEIGHT_M)
    row[LAMP_DIR + 2], row[LAMP_UP] = 1.0, 1.0
    row[LAMP_CD] = peak * 0.5 * sine2 * BOUNCE_REFLECTANCE
    row[LAMP_BEAM], row[LAMP_COS], row[LAMP_SHADOW] = AREA, cosine, -1.0
    row[LAMP_SIZE2] = 0.25 * ahead * ahead


@inline
def _matters(row, eye, extinction, threshold_lx, gap):
    """1 if a lamp reaches what is near the eye, else 0; writes its reach, and its distance into gap[0]."""
    tint = 0.2126 * row[LAMP_TINT] + 0.7152 * row[LAMP_TINT + 1] + 0.0722 * row[LAMP_TINT + 2]
    reach = min(_reach(tint * row[LAMP_CD] / threshold_lx, extinction), _MOST_REACH_M)
    x, y, z = row[LAMP_POS] - eye[0], row[LAMP_POS + 1] - eye[1], row[LAMP_POS + 2] - eye[2]
    row[LAMP_REACH] = reach
    gap[0] = math.sqrt(x * x + y * y + z * z)
    return int(reach > _LEAST_REACH_M and gap[0] - reach < _HORIZON_M)


@inline
def _reach(ratio, extinction):
    """Where exp(-extinction r) / r^2 (Allard) has fallen to 1 / ratio, in metres.

    Newton's method on the logarithm: concave, so that from beyond the root the first step lands short of it and
    all further ones draw nearer from there.
    """
    r = math.sqrt(max(ratio, 0.0))
    if extinction == 0.0 or r < 1e-6:
        return r
    goal = math.log(ratio)
    for _ in range(5):
        r -= (2.0 * math.log(r) + extinction * r - goal) / (2.0 / r + extinction)
    return r
