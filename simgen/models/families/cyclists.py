"""Cyclists: a city bicycle and its rider, as one thing."""

from __future__ import annotations

from dataclasses import replace

from simgen.errors import UserError
from simgen.models.catalogue import register_model
from simgen.models.families._bicycle import MASS_KG, bicycle, bicycle_meshes, bicycle_segments
from simgen.models.families._figure import figure
from simgen.models.families._lofts import outer_box
from simgen.models.families._outfit import CYCLISTS, PLAIN, outfit_of, slots_of
from simgen.models.limbs import Limbs
from simgen.models.mesh import Shape
from simgen.models.model import Model
from simgen.models.stance import standing_meshes, standing_parts

_BMI = 23.5
_LOWEST_ANKLE_M = 0.205  # of the foot on the lower pedal
_STRETCH = 0.955  # of the leg there


@register_model("cyclist", drawn=CYCLISTS)
def cyclist(
    height_m: float = 1.75, top: str = PLAIN.top, headwear: str = PLAIN.headwear, carries: str = PLAIN.carries
) -> Model:
    """A rider on a city bicycle: wheels and cranks turn with the way, legs follow the pedals.

    Below 0.3 m/s the rider stands astride. Moves along its heading; 3 to 8 m/s are usual.

    Args:
        height_m: body height of the rider; 1.5 to 2.0. The saddle is set for it.
        top: of the trunk; a vest is a warning vest over a jacket.
        headwear: on the head.
        carries: on the back.

    Raises:
        UserError: a parameter outside its range.
    """
    if not 1.5 <= height_m <= 2.0:
        raise UserError(f"cyclist: height_m must be 1.5 to 2.0, not {height_m:g}")
    outfit = outfit_of("cyclist", CYCLISTS, top=top, headwear=headwear, carries=carries)
    rider = figure(height_m, outfit=outfit)
    leg = rider.limbs.legs[0]
    machine = bicycle(_LOWEST_ANKLE_M + _STRETCH * (leg.upper_m + leg.lower_m))
    legs = tuple(replace(k, toe_out_rad=0.0) for k in rider.limbs.legs)
    rider_kg = _BMI * height_m**2
    total_kg = rider_kg + MASS_KG
    share = rider_kg / total_kg
    segments = (
        *(replace(s, mass_share=s.mass_share * share) for s in rider.limbs.segments),
        *bicycle_segments(1.0 - share),
    )
    limbs = Limbs(
        "cyclist", segments, legs, rider.limbs.arms, rider.limbs.hip_m, machine.saddle_m[2], rider.limbs.bones, machine
    )
    meshes = rider.meshes | bicycle_meshes(machine)
    parts = standing_parts(limbs, meshes)
    size, center = outer_box(standing_meshes(parts))
    shoulders = machine.saddle_m[2] + 0.43 * height_m
    return Model(
        name="cyclist",
        class_name="cyclist",
        parts=parts,
        collision=(
            Shape("box", (0.03, 0.0, 0.55), size_m=(1.60, 0.22, 1.10)),
            Shape("cylinder", (-0.08, 0.0, 0.5 * (0.75 + shoulders)), size_m=(0.21, 0.21, shoulders - 0.75)),
        ),
        mass_kg=total_kg,
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(-0.08, 0.0, 0.60 * height_m),
        kinematic=True,
        displaced_volume_fraction=0.35,
        friction=0.7,
        slots=slots_of(meshes.values()),
        limbs=limbs,
    )
