"""Things that arms handle on a table: product box, can, bottle, mug, screwdriver, and a tote to put them into."""

from __future__ import annotations

import math

import numpy as np

from simgen.errors import UserError
from simgen.models import geometry as g
from simgen.models.catalogue import register_model
from simgen.models.families._lofts import outer_box, tube
from simgen.models.mesh import Material, Mesh, Shape
from simgen.models.model import Model, ModelPart

PRINTED = Material("printed board", (0.16, 0.30, 0.52), roughness=0.45, coat=0.15, slot="label")
BOARD = Material("white board", (0.68, 0.68, 0.66), roughness=0.6)
INK = Material("print", (0.04, 0.04, 0.045), roughness=0.6)
CAN_METAL = Material("can aluminium", (0.62, 0.63, 0.64), roughness=0.28, metallic=0.9)
CAN_LABEL = Material("can label", (0.45, 0.03, 0.03), roughness=0.3, metallic=0.3, coat=0.3, slot="label")
BOTTLE_GLASS = Material("bottle", (0.05, 0.13, 0.07), roughness=0.12, coat=0.9, slot="glass", made_of="glass")
PAPER = Material("bottle label", (0.66, 0.63, 0.55), roughness=0.6, slot="label")
CAP = Material("bottle cap", (0.55, 0.36, 0.05), roughness=0.35, metallic=0.6)
CERAMIC = Material("glazed ceramic", (0.60, 0.58, 0.54), roughness=0.25, coat=0.6, slot="glaze")
COFFEE = Material("coffee", (0.035, 0.018, 0.010), roughness=0.08, coat=0.8)
HANDLE = Material("handle", (0.50, 0.05, 0.02), roughness=0.5, coat=0.2, slot="handle")
GRIP = Material("handle rubber", (0.025, 0.025, 0.027), roughness=0.85)
BLADE = Material("tool steel", (0.52, 0.52, 0.53), roughness=0.3, metallic=0.95)
TOTE = Material("tote plastic", (0.05, 0.15, 0.33), roughness=0.5, coat=0.1, slot="tote")

SHELF_BOARD = Material(
    "bench shelf", (0.42, 0.33, 0.22), (0.30, 0.21, 0.13), roughness=0.6, pattern="wood", contrast=0.35
)

_PLY_DENSITY = 650.0
_BOARD_DENSITY = 450.0  # a product box with what is in it
_CAN_KG, _BOTTLE_KG, _MUG_KG, _DRIVER_KG = 0.355, 0.62, 0.34, 0.11


@register_model("tabletop.box")
def product_box(length_m: float = 0.09, width_m: float = 0.055, height_m: float = 0.12, mass_kg: float = 0.0) -> Model:
    """A printed box of goods, small enough for a gripper across its width.

    Args:
        length_m: along x, 0.03 to 0.4.
        width_m: along y, 0.03 to 0.4.
        height_m: 0.03 to 0.4.
        mass_kg: 0 takes that of packed goods, 450 kg/m3; at most 10.

    Raises:
        UserError: a measure is outside its range.
    """
    for name, value in (("length_m", length_m), ("width_m", width_m), ("height_m", height_m)):
        if not 0.03 <= value <= 0.4:
            raise UserError(f"tabletop.box: {name} must be 0.03 to 0.4, not {value:g}")
    if not 0.0 <= mass_kg <= 10.0:
        raise UserError(f"tabletop.box: mass_kg must be 0 to 10, not {mass_kg:g}")
    size = (length_m, width_m, height_m)
    center = (0.0, 0.0, 0.5 * height_m)
    band = 0.62 * height_m  # the printed part; the strip above stays white
    pieces = [
        g.box((length_m, width_m, band), PRINTED, (0.0, 0.0, 0.5 * band)),
        g.box((length_m, width_m, height_m - band), BOARD, (0.0, 0.0, 0.5 * (height_m + band))),
    ]
    for side in (-1.0, 1.0):  # lines of print stand a hair off both long faces
        y = side * (0.5 * width_m + 0.00015)
        pieces += [
            g.box((share * length_m, 0.0003, 0.05 * height_m), INK, (shift * length_m, y, level * height_m))
            for share, shift, level in ((0.62, 0.0, 0.84), (0.45, -0.08, 0.74))
        ]
        pieces.append(g.box((0.5 * length_m, 0.0003, 0.26 * height_m), BOARD, (0.0, y, 0.32 * height_m)))
    return Model(
        name="tabletop.box",
        class_name="box",
        parts=(ModelPart("body", g.merge(pieces)),),
        collision=(Shape("box", center, size_m=size),),
        mass_kg=mass_kg or _BOARD_DENSITY * math.prod(size),
        size_m=(length_m, width_m + 0.0006, height_m),
        box_center_m=center,
        center_of_mass_m=center,
        friction=0.5,
        slots=("label",),
    )


@register_model("bench_shelf")
def bench_shelf(length_m: float = 0.6, depth_m: float = 0.22, height_m: float = 0.22) -> Model:
    """A low open shelf for a bench: a deck on two cheeks, with nothing behind what stands on it; fixed.

    Args:
        length_m: along y, 0.2 to 1.5.
        depth_m: along x, 0.1 to 0.5.
        height_m: to the top of the deck, 0.08 to 0.6.

    Raises:
        UserError: a measure is outside its range.
    """
    for name, value, low, high in (
        ("length_m", length_m, 0.2, 1.5), ("depth_m", depth_m, 0.1, 0.5), ("height_m", height_m, 0.08, 0.6)
    ):  # fmt: skip
        if not low <= value <= high:
            raise UserError(f"bench_shelf: {name} must be {low:g} to {high:g}, not {value:g}")
    thick = 0.016
    boxes = [((depth_m, length_m, thick), (0.0, 0.0, height_m - 0.5 * thick))]
    for side in (-1.0, 1.0):
        cheek = (depth_m, thick, height_m - thick)
        boxes.append((cheek, (0.0, side * 0.5 * (length_m - thick), 0.5 * cheek[2])))
    boxes.append(((0.012, length_m - 2.0 * thick, 0.05), (-0.5 * depth_m + 0.02, 0.0, height_m - thick - 0.025)))
    mesh = g.merge([g.box(size, SHELF_BOARD, at) for size, at in boxes])
    size, center = outer_box([mesh])
    return Model(
        name="bench_shelf",
        class_name="shelf",
        parts=(ModelPart("body", mesh),),
        collision=tuple(Shape("box", at, size_m=size) for size, at in boxes),
        mass_kg=_PLY_DENSITY * sum(math.prod(size) for size, _ in boxes),
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, 0.75 * height_m),
        dynamic=False,
        friction=0.5,
    )


@register_model("tabletop.can")
def can() -> Model:
    """A full 0.33 l drink can: 66 mm across, 115 mm high."""
    r, h = 0.033, 0.115
    lower = [(0.0, 0.008), (0.018, 0.006), (0.0235, 0.0), (0.027, 0.003), (r, 0.013)]
    label = [(r, 0.013), (r, 0.098)]
    upper = [(r, 0.098), (0.0265, h - 0.003), (0.0268, h), (0.0255, h), (0.0245, h - 0.004), (0.0, h - 0.0045)]
    tab = g.box((0.022, 0.013, 0.0012), CAN_METAL, (0.006, 0.0, h - 0.0035))
    pieces = [
        g.lathe(lower, CAN_METAL, 40, caps=False),
        g.lathe(label, CAN_LABEL, 40, caps=False),
        g.lathe([(r, 0.035), (r + 0.0003, 0.035), (r + 0.0003, 0.052), (r, 0.052)], BOARD, 40, caps=False),
        g.lathe(upper, CAN_METAL, 40, caps=False),
        tab,
    ]
    return _turned("tabletop.can", "bottle", pieces, r, h, _CAN_KG, 0.5, 0.35, ("label",))


@register_model("tabletop.bottle")
def bottle() -> Model:
    """A full 0.33 l glass bottle: 61 mm across, 228 mm high, with a crown cap."""
    r, h = 0.0305, 0.228
    body = [(0.0, 0.004), (0.022, 0.0), (0.028, 0.002), (r, 0.010), (r, 0.030)]
    shoulder = [
        (r, 0.095),
        (r, 0.120),
        (0.0285, 0.138),
        (0.0215, 0.160),
        (0.0155, 0.182),
        (0.0135, 0.205),
        (0.0135, 0.218),
    ]
    cap = [(0.0145, 0.216), (0.0160, 0.217), (0.0150, 0.225), (0.0125, h), (0.0, h)]
    pieces = [
        g.lathe(body, BOTTLE_GLASS, 40, caps=False),
        g.lathe([(r, 0.030), (r + 0.0003, 0.030), (r + 0.0003, 0.095), (r, 0.095)], PAPER, 40, caps=False),
        g.lathe([(r, 0.050), (r + 0.0006, 0.050), (r + 0.0006, 0.072), (r, 0.072)], INK, 40, caps=False),
        g.lathe(shoulder, BOTTLE_GLASS, 40, caps=False),
        g.lathe(cap, CAP, 24, caps=False),
    ]
    return _turned("tabletop.bottle", "bottle", pieces, r, h, _BOTTLE_KG, 0.38, 0.4, ("glass", "label"))


@register_model("tabletop.mug")
def mug() -> Model:
    """A mug of coffee: 82 mm across, 95 mm high, its handle towards +x."""
    r, h, wall = 0.041, 0.095, 0.0035
    outside = [(0.0, 0.002), (0.031, 0.0), (0.034, 0.001), (r, 0.012), (r, h - 0.001), (r - 0.5 * wall, h)]
    inside = [(r - 0.5 * wall, h), (r - wall, h - 0.001), (r - wall, 0.078)]
    turn = np.linspace(-0.5 * math.pi, 0.5 * math.pi, 13)
    path = np.stack(
        [
            r - 0.003 + 0.026 * np.cos(turn),
            np.zeros_like(turn),
            0.5 * h + 0.028 * np.sin(turn),
            np.full_like(turn, 0.0048),
            np.full_like(turn, 0.0062),
        ],
        -1,
    )
    pieces = [
        g.lathe(outside, CERAMIC, 40, caps=False),
        g.lathe(inside, CERAMIC, 40, caps=False),
        g.lathe([(r - wall, 0.078), (0.0, 0.078)], COFFEE, 40, caps=False),
        tube(path, CERAMIC, side=(0.0, 1.0, 0.0), segments=10),
    ]
    return _turned("tabletop.mug", "cup", pieces, r, h, _MUG_KG, 0.46, 0.6, ("glaze",))


@register_model("tabletop.screwdriver")
def screwdriver() -> Model:
    """A flat-blade screwdriver lying on its side, 0.21 m long, its blade towards +x."""
    r = 0.0155
    handle = [
        (0.0, -0.100), (0.010, -0.099), (0.0145, -0.092), (r, -0.075), (0.0145, -0.050), (r, -0.030),
        (0.0125, -0.012), (0.0105, -0.006), (0.0120, 0.0), (0.0065, 0.004),
    ]  # fmt: skip
    shaft = [(0.0065, 0.004), (0.0032, 0.006), (0.0032, 0.092)]
    band = [(r + 0.0002, -0.078), (r + 0.0006, -0.070), (0.0151, -0.060)]
    tip = g.box((0.020, 0.0072, 0.0018), BLADE, (0.101, 0.0, 0.0))
    lie = (0.0, 0.0, r)
    pieces = [
        g.transformed(piece, translation_m=lie)
        for piece in (
            g.lathe(handle, HANDLE, 16, "x", caps=False),
            g.lathe(band, GRIP, 16, "x", caps=False),
            g.lathe(shaft, BLADE, 16, "x"),
            tip,
        )
    ]
    size, center = outer_box(pieces)
    turn = (0.0, math.sqrt(0.5), 0.0, math.sqrt(0.5))
    return Model(
        name="tabletop.screwdriver",
        class_name="tool",
        parts=(ModelPart("body", g.merge(pieces)),),
        collision=(
            Shape("box", (-0.05, 0.0, r), size_m=(0.10, 0.027, 2.0 * r)),  # a fluted handle does not roll
            Shape("cylinder", (0.055, 0.0, r), turn, (0.0034, 0.0034, 0.11)),
        ),
        mass_kg=_DRIVER_KG,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(-0.03, 0.0, r),
        displaced_volume_fraction=1.0,
        friction=0.6,
        slots=("handle",),
    )


@register_model("tote")
def tote(length_m: float = 0.40, width_m: float = 0.30, height_m: float = 0.12) -> Model:
    """An open stacking bin of plastic with a rim and ribs.

    Args:
        length_m: along x, 0.2 to 0.8.
        width_m: along y, 0.15 to 0.6.
        height_m: 0.05 to 0.4.

    Raises:
        UserError: a measure is outside its range.
    """
    for name, value, low, high in (
        ("length_m", length_m, 0.2, 0.8),
        ("width_m", width_m, 0.15, 0.6),
        ("height_m", height_m, 0.05, 0.4),
    ):
        if not low <= value <= high:
            raise UserError(f"tote: {name} must be {low:g} to {high:g}, not {value:g}")
    wall, rim, hx, hy = 0.004, 0.008, 0.5 * length_m, 0.5 * width_m
    ix, iy = hx - rim, hy - rim  # the walls stand in by the rim
    walls = [((2.0 * ix, wall, height_m), (0.0, s * (iy - 0.5 * wall), 0.5 * height_m)) for s in (-1.0, 1.0)] + [
        ((wall, 2.0 * (iy - wall), height_m), (s * (ix - 0.5 * wall), 0.0, 0.5 * height_m)) for s in (-1.0, 1.0)
    ]
    floor = ((2.0 * (ix - wall), 2.0 * (iy - wall), wall), (0.0, 0.0, 0.5 * wall))
    rims = [((length_m, rim, 0.012), (0.0, s * (hy - 0.5 * rim), height_m - 0.006)) for s in (-1.0, 1.0)] + [
        ((rim, width_m - 2.0 * rim, 0.012), (s * (hx - 0.5 * rim), 0.0, height_m - 0.006)) for s in (-1.0, 1.0)
    ]
    ribs = [
        ((0.006, rim, height_m - 0.012), (x, s * (hy - 0.5 * rim), 0.5 * (height_m - 0.012)))
        for x in np.linspace(-0.8 * hx, 0.8 * hx, 5).tolist()
        for s in (-1.0, 1.0)
    ]
    solid = [*walls, floor]
    mesh = g.merge([g.box(size, TOTE, center) for size, center in (*solid, *rims, *ribs)])
    volume = sum(math.prod(size) for size, _ in (*solid, *rims, *ribs))
    return Model(
        name="tote",
        class_name="tote",
        parts=(ModelPart("body", mesh),),
        collision=tuple(Shape("box", center, size_m=size) for size, center in solid),
        mass_kg=950.0 * volume,
        size_m=(length_m, width_m, height_m),
        box_center_m=(0.0, 0.0, 0.5 * height_m),
        center_of_mass_m=(0.0, 0.0, 0.4 * height_m),
        friction=0.4,
        slots=("tote",),
    )


def _turned(
    name: str,
    class_name: str,
    pieces: list[Mesh],
    radius_m: float,
    height_m: float,
    mass_kg: float,
    center_share: float,
    friction: float,
    slots: tuple[str, ...],
) -> Model:
    """A body of revolution standing on the ground; its centre of mass at a share of its height."""
    size, center = outer_box(pieces)
    return Model(
        name=name,
        class_name=class_name,
        parts=(ModelPart("body", g.merge(pieces)),),
        collision=(Shape("cylinder", (0.0, 0.0, 0.5 * height_m), size_m=(radius_m, radius_m, height_m)),),
        mass_kg=mass_kg,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, center_share * height_m),
        friction=friction,
        slots=slots,
    )
