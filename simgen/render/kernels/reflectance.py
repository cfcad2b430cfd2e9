"""Located shading points -> how they reflect and emit, run by run of equal materials."""

from __future__ import annotations

import numpy as np

from simgen.compiled import kernel
from simgen.held import taken
from simgen.render.kernels.pattern_layers import GAIN, PATTERN
from simgen.render.kernels.patterns import LANES, MIX, SCALE, evaluate
from simgen.render.kernels.resolve import AB, AG, AR, BLOCK, COAT, EB, EG, ER, F0, METAL, ROUGH, SKY, SUN
from simgen.render.kernels.texture import paint

_COLUMNS = 25  # of the material table, see `material_table.MATERIAL_COLUMNS`
_FACADE, _TEXTURE = 8, 22
_SMOOTHEST = np.float32(0.1)  # roughness: narrower highlights would be those of the sun's disc, and flicker
_FEW = 4  # points that are done one by one sooner than a vector is made ready


@kernel
def reflect(runs, held, materials, part_lit, layers, quads, texels, out):
    """How the located points of a block reflect and emit: material and pattern at their surface coordinates.

    Runs of points are joined as long as the material stays the same. Their loops go on to the end of their last
    vector, over the first records of what follows, which then writes its own: short ones have no slow remainder
    either. Only rows that hold no input may be overrun; so emission, which lies over the surface coordinates, comes
    last.

    Args:
        runs, held: see `setups.find_runs`.
        materials (flat), part_lit, layers, quads: reflectance; texels: of textures.
        out: (ROWS * BLOCK,) float32; reads U to FV, writes rows AR to SKY of every point that is not sky.
    """
    setups = taken(held)
    zero, one, most = np.float32(0.0), np.float32(1.0), np.float32(0.95)
    lit_from, lit_to, r = runs, 0, 0
    while r < runs:
        begin = r
        w = setups.row[r]
        r += 1
        if w < 0:
            continue
        material = setups.material[w]
        while r < runs and setups.row[r] >= 0 and setups.material[setups.row[r]] == material:
            r += 1
        o, stop = np.int64(setups.first[begin]), np.int64(setups.first[r])
        at = np.int64(material) * _COLUMNS
        rec = out[o:]
        count = stop - o
        if count > _FEW:
            count = min((count + LANES - 1) & -LANES, BLOCK - o)
        gained, mixed, scaled = evaluate(rec, count, materials, at, layers, quads)
        low = layers[np.int64(materials[at + 10]) * PATTERN]
        r0, g0, b0 = materials[at + 0], materials[at + 1], materials[at + 2]
        r1, g1, b1 = materials[at + 3], materials[at + 4], materials[at + 5]
        rough, f0, metal, coat = materials[at + 6], materials[at + 7], materials[at + 8], materials[at + 9]
        glazed = np.int64(materials[at + 10]) == _FACADE
        for i in range(count):
            gain = max(rec[GAIN + i], low) if gained else one
            mix = rec[MIX + i] if mixed else zero
            scale = rec[SCALE + i] if scaled else one
            keep = one - mix
            rec[AR + i] = min(gain * (r0 * keep + r1 * mix), most)
            rec[AG + i] = min(gain * (g0 * keep + g1 * mix), most)
            rec[AB + i] = min(gain * (b0 * keep + b1 * mix), most)
            rec[ROUGH + i] = min(max(rough * scale, _SMOOTHEST), one)
            rec[F0 + i] = f0
            rec[METAL + i] = metal
            rec[COAT + i] = mix * np.float32(0.9) if glazed else coat  # of a facade, only the panes are glazed
        if np.int64(materials[at + 10]) == _TEXTURE:
            paint(rec, stop - o, materials, at, texels)
        if materials[at + 18] + materials[at + 19] + materials[at + 20] > zero:
            lit_from, lit_to = min(lit_from, begin), r
    for e in range(setups.first[runs]):
        out[ER + e] = zero
        out[EG + e] = zero
        out[EB + e] = zero
        out[SUN + e] = zero
        out[SKY + e] = one
    for q in range(lit_from, lit_to):
        w = setups.row[q]
        if w < 0:
            continue
        at = np.int64(setups.material[w]) * _COLUMNS
        bit = np.int64(materials[at + 21])
        if bit == 0 or (np.int64(part_lit[setups.part[w]]) & bit) != 0:
            for e in range(setups.first[q], setups.first[q + 1]):
                out[ER + e] = materials[at + 18]
                out[EG + e] = materials[at + 19]
                out[EB + e] = materials[at + 20]
