"""Things that stand in the rain: how much of it each face catches, and what that does to its surface."""

from __future__ import annotations

import math

import numpy as np

from simgen.compiled import kernel
from simgen.render.kernels.film import DAMP_M, wetted
from simgen.render.kernels.maths import cube_root
from simgen.render.kernels.resolve import AB, AG, AR, COAT, NX, NY, NZ, PX, PY, PZ, ROUGH
from simgen.render.kernels.snow import sheltered

DRY, POROUS, SMOOTH = np.uint8(0), np.uint8(1), np.uint8(2)
"""What a surface is to rain: not wetted here (ground has films of its own), soaking it up, or carrying a film."""
_OUT_M = np.float32(1.0)  # how far before a face it has to be open to the sky
_TOP = np.float32(1.0e-10)  # r L nu 3 / g of the thickest film, so that it is 0.46 mm
_MATT, _SLEEK = np.float32(0.45), np.float32(0.3)  # roughness of soaked and of wet smooth surfaces, where it was more
_SHEEN = np.float32(0.5)  # strength of a coat of n = 1.5 that reflects as water does: 0.02 of 0.04


@kernel
def dampen(rec, count, face, takes, rain, roofs, grid, depth):
    """Wet what is not ground: soaked surfaces darken, smooth ones get a sheen.

    The film is that of water that has run down for a metre as fast as it arrives (Nusselt: h^3 = 3 nu r L / g).

    Args:
        rec, count: located points with their material, (ROWS * BLOCK,).
        face: (count,) int32 what each is on; takes: (T,) uint8 DRY, POROUS or SMOOTH.
        rain: (5,) float32 rate in m/s on level faces, and on upright ones that face the wind and turn their backs to
            it; direction that the wind blows to (x, y).
        roofs, grid: see `kernels.snow.lie`.
        depth: (BLOCK,) float32 metres of water, in place: written where something is wet.
    """
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    for o in range(count):
        t = face[o]
        if t < 0 or takes[t] == DRY:
            continue
        nx, ny, nz = rec[NX + o], rec[NY + o], rec[NZ + o]
        level = np.float32(math.sqrt(max(one - nz * nz, zero)))
        against = half - half * (nx * rain[3] + ny * rain[4]) / max(level, np.float32(1e-3))
        caught = rain[0] * max(nz, zero)
        caught += (rain[2] + (rain[1] - rain[2]) * min(max(against, zero), one)) * level * min(one + nz, one)
        if caught <= zero:
            continue
        x, y = rec[PX + o] + nx * _OUT_M, rec[PY + o] + ny * _OUT_M
        if sheltered(roofs, grid, x, y, rec[PZ + o]):
            continue
        film = cube_root(np.float32(min(caught * np.float32(3.0e-7), _TOP)))
        damp = min(film / DAMP_M, one)
        depth[o] = film
        rough = rec[ROUGH + o]
        if takes[t] == POROUS:
            for c in (AR, AG, AB):
                albedo = rec[c + o]
                rec[c + o] = albedo + (wetted(albedo) - albedo) * damp
            rec[ROUGH + o] = rough + (min(rough, _MATT) - rough) * damp * half
        else:
            rec[ROUGH + o] = rough + (min(rough, _SLEEK) - rough) * damp
            rec[COAT + o] = max(rec[COAT + o], _SHEEN * damp)
