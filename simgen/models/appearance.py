"""What a material looks like from far away: the mean colour that its pattern keeps, near and far."""

from __future__ import annotations

from simgen.models.mesh import Material

GRASS_SHARE, LEAF_SHARE = 0.34, 0.36
"""Share of the second colour in grass and foliage."""
WOOD_SHARE = 0.3
"""Share of the second colour in wood of contrast 1; less in proportion to less contrast."""
BRICK_COURSE_M, BRICK_LENGTH_M, BRICK_JOINT_M = 0.075, 0.24, 0.012
"""Pitch of bricks up and along, and width of the joints."""
BAY_M = 2.6
"""Pitch of the windows of a facade along its wall; each is in the middle of its bay."""
FRAME_LIGHT = 0.45
"""How much lighter than the wall the frames of windows are."""
_PANES = (1.1 - 0.05) / BAY_M * 1.35 / 2.8
_FRAMES = 1.26 / BAY_M * 1.51 / 2.8 - _PANES


def shares(material: Material) -> tuple[float, float]:
    """Weights of `albedo` and `albedo2` in the mean colour of a surface of the material.

    Of roads it is that of the asphalt between the markings, of crossings that of fresh ones, of cardboard that beside
    the tape.
    """
    if material.pattern == "facade":
        return 1.0 - _PANES + FRAME_LIGHT * _FRAMES, _PANES
    second = {
        "grass": GRASS_SHARE,
        "leaves": LEAF_SHARE,
        "wood": WOOD_SHARE * material.contrast,
        "brick": 1.0 - (1.0 - BRICK_JOINT_M / BRICK_COURSE_M) * (1.0 - BRICK_JOINT_M / BRICK_LENGTH_M),
        "stripes": 0.5,
        "crossing": 0.5 if any(material.params[:1]) else 1.0,
    }.get(material.pattern, 0.0)
    return 1.0 - second, second


def mean_albedo(material: Material) -> tuple[float, float, float]:
    """Mean linear RGB reflectance of a surface of the material, to within 1 %."""
    first, second = shares(material)
    r, g, b = (first * a + second * c for a, c in zip(material.albedo, material.albedo2, strict=True))
    return r, g, b
