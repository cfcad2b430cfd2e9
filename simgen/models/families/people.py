"""People: adults and children who stand, walk and run."""

from __future__ import annotations

from functools import lru_cache

from simgen.errors import UserError
from simgen.models.bones import Vec
from simgen.models.catalogue import register_model
from simgen.models.families._figure import ADULT_HEAD, figure
from simgen.models.families._lofts import outer_box
from simgen.models.families._outfit import CHILDRENS, PLAIN, WARDROBE, Outfit, outfit_of, slots_of
from simgen.models.mesh import Shape
from simgen.models.model import Model, ModelPart
from simgen.models.stance import standing_meshes, standing_parts


@register_model("person.adult", drawn=WARDROBE)
def adult(
    height_m: float = 1.75,
    top: str = PLAIN.top,
    legs: str = PLAIN.legs,
    headwear: str = PLAIN.headwear,
    hair: str = PLAIN.hair,
    carries: str = PLAIN.carries,
) -> Model:
    """An adult who stands, walks (to about 2.1 m/s) or runs at the speed it is given.

    Segment lengths are the shares of body height of Drillis & Contini (1966), as tabulated by Winter.

    Args:
        height_m: body height, standing upright, without a hat; 1.4 to 2.2.
        top: of the trunk; a vest is a warning vest over a jacket.
        legs: of the legs.
        headwear: on the head; a hood is the jacket's.
        hair: how long.
        carries: on the back, or an open umbrella in the right hand.

    Raises:
        UserError: a parameter outside its range.
    """
    outfit = outfit_of("person.adult", WARDROBE, top=top, legs=legs, headwear=headwear, hair=hair, carries=carries)
    return _person("person.adult", height_m, (1.4, 2.2), ADULT_HEAD, outfit, bmi=23.5)


@register_model("person.child", drawn=CHILDRENS)
def child(
    height_m: float = 1.2,
    top: str = PLAIN.top,
    legs: str = PLAIN.legs,
    headwear: str = PLAIN.headwear,
    hair: str = PLAIN.hair,
    carries: str = PLAIN.carries,
) -> Model:
    """A child, with the larger head and the shorter legs of its age; it runs from about 1.7 m/s.

    Args:
        height_m: body height, standing upright, without a hat; 0.95 (3 years) to 1.5 (12 years).
        top: of the trunk; a vest is a warning vest over a jacket.
        legs: of the legs.
        headwear: on the head; a hood is the jacket's.
        hair: how long.
        carries: on the back, or an open umbrella in the right hand.

    Raises:
        UserError: a parameter outside its range.
    """
    outfit = outfit_of("person.child", CHILDRENS, top=top, legs=legs, headwear=headwear, hair=hair, carries=carries)
    share = 0.235 - 0.060 * min(max(height_m, 0.95), 1.5)  # chin to crown: 1/5.6 at 0.95 m, 1/6.9 at 1.5 m
    return _person("person.child", height_m, (0.95, 1.5), share, outfit, bmi=15.8)


def _person(
    name: str, height_m: float, allowed: tuple[float, float], head_share: float, outfit: Outfit, *, bmi: float
) -> Model:
    if not allowed[0] <= height_m <= allowed[1]:
        raise UserError(f"{name}: height_m must be {allowed[0]:g} to {allowed[1]:g}, not {height_m:g}")
    body = figure(height_m, head_share, outfit)
    parts, size, center = _standing(head_share, outfit)
    return Model(
        name=name,
        class_name="person",
        parts=tuple(ModelPart(p.name, body.meshes[p.name], _times(p.position_m, height_m), p.quat_xyzw) for p in parts),
        collision=_capsule(0.125 * height_m, _standing(head_share, PLAIN)[1][2] * height_m),
        mass_kg=bmi * height_m**2,
        size_m=_times(size, height_m),
        box_center_m=_times(center, height_m),
        center_of_mass_m=(0.0, 0.0, 0.56 * height_m),
        kinematic=True,
        displaced_volume_fraction=0.5,
        friction=0.7,
        slots=slots_of(body.meshes.values()),
        limbs=body.limbs,
    )


@lru_cache(maxsize=256)
def _standing(head_share: float, outfit: Outfit) -> tuple[tuple[ModelPart, ...], Vec, Vec]:
    """Parts, size and centre of the box of a body of height 1 m that stands; all bodies are that, enlarged."""
    body = figure(1.0, head_share, outfit)
    parts = standing_parts(body.limbs, body.meshes)
    size, center = outer_box(standing_meshes(parts))
    return parts, size, center


def _times(v: Vec, factor: float) -> Vec:
    return v[0] * factor, v[1] * factor, v[2] * factor


def _capsule(radius_m: float, height_m: float) -> tuple[Shape, ...]:
    straight = height_m - 2.0 * radius_m
    ball = (radius_m, radius_m, radius_m)
    return (
        Shape("cylinder", (0.0, 0.0, 0.5 * height_m), size_m=(radius_m, radius_m, straight)),
        Shape("sphere", (0.0, 0.0, radius_m), size_m=ball),
        Shape("sphere", (0.0, 0.0, height_m - radius_m), size_m=ball),
    )
