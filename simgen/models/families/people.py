"""People: adults and children who stand, walk and run."""

from __future__ import annotations

from simgen.errors import UserError
from simgen.models.catalogue import register_model
from simgen.models.families._figure import ADULT_HEAD, SLOTS, figure
from simgen.models.families._lofts import outer_box
from simgen.models.mesh import Shape
from simgen.models.model import Model
from simgen.models.stance import standing_meshes, standing_parts


@register_model("person.adult")
def adult(height_m: float = 1.75) -> Model:
    """An adult in jacket, trousers and shoes, who stands, walks (to about 2.1 m/s) or runs at the speed it is given.

    Segment lengths are the shares of body height of Drillis & Contini (1966), as tabulated by Winter.

    Args:
        height_m: body height, standing upright; 1.4 to 2.2.

    Raises:
        UserError: a parameter outside its range.
    """
    return _person("person.adult", height_m, (1.4, 2.2), ADULT_HEAD, bmi=23.5)


@register_model("person.child")
def child(height_m: float = 1.2) -> Model:
    """A child, with the larger head of its age; it runs from about 1.7 m/s.

    Args:
        height_m: body height, standing upright; 0.95 (3 years) to 1.5 (12 years).

    Raises:
        UserError: a parameter outside its range.
    """
    share = 0.235 - 0.060 * min(max(height_m, 0.95), 1.5)  # chin to crown: 1/5.6 at 0.95 m, 1/6.9 at 1.5 m
    return _person("person.child", height_m, (0.95, 1.5), share, bmi=15.8)


def _person(name: str, height_m: float, allowed: tuple[float, float], head_share: float, *, bmi: float) -> Model:
    if not allowed[0] <= height_m <= allowed[1]:
        raise UserError(f"{name}: height_m must be {allowed[0]:g} to {allowed[1]:g}, not {height_m:g}")
    body = figure(height_m, head_share)
    parts = standing_parts(body.limbs, body.meshes)
    size, center = outer_box(standing_meshes(parts))
    return Model(
        name=name,
        class_name="person",
        parts=parts,
        collision=_capsule(0.125 * height_m, size[2]),
        mass_kg=bmi * height_m**2,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(0.0, 0.0, 0.56 * height_m),
        kinematic=True,
        displaced_volume_fraction=0.5,
        friction=0.7,
        slots=SLOTS,
        limbs=body.limbs,
    )


def _capsule(radius_m: float, height_m: float) -> tuple[Shape, ...]:
    straight = height_m - 2.0 * radius_m
    ball = (radius_m, radius_m, radius_m)
    return (
        Shape("cylinder", (0.0, 0.0, 0.5 * height_m), size_m=(radius_m, radius_m, straight)),
        Shape("sphere", (0.0, 0.0, radius_m), size_m=ball),
        Shape("sphere", (0.0, 0.0, height_m - radius_m), size_m=ball),
    )
