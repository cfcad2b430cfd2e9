"""Motorcycles: a naked middle-weight and its rider, as one vehicle that its rider keeps balanced."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simgen.models import geometry as g
from simgen.models.bones import UPRIGHT, Frame
from simgen.models.catalogue import register_model
from simgen.models.cycling import hold
from simgen.models.families._figure import ADULT_HEAD, Figure, figure
from simgen.models.families._lofts import outer_box, painted
from simgen.models.families._motorcycle import (
    FRONT_X,
    GRIP,
    HEAD_LAMP,
    INDICATORS,
    PEG,
    REAR_X,
    SEAT,
    TAIL_LAMP,
    WHEEL_M,
    front_wheel,
    motorcycle_body,
    rear_wheel,
)
from simgen.models.families._outfit import slots_of
from simgen.models.families.vehicle_car import AMBER, HEADLAMP_WHITE, RED
from simgen.models.families.vehicle_data import MOTORCYCLE, RIDER_KG
from simgen.models.mesh import LampMount, Material, Mesh, Shape
from simgen.models.model import Model, ModelPart
from simgen.models.palette import GLASS
from simgen.models.posing import pose_leg
from simgen.models.steps import Foot

_HEIGHT_M = 1.75
_HIPS_OVER_SEAT_M = 0.085
_LEAN_RAD, _PELVIS_RAD = 0.34, 0.16
_HELMET = Material("helmet", (0.028, 0.028, 0.030), roughness=0.25, coat=1.0, slot="helmet")


@register_model("motorcycle")
def motorcycle(rider: bool = True, abs: bool = True) -> Model:
    """A naked motorcycle of 471 cc and its rider with a full-face helmet, 2.08 m, 264 kg; also without the rider.

    It drives as cars do, on four rays under its two wheels. Its rider balances it: it leans by the angle at which
    the turn's centrifugal force and its weight pass through the line of the tyres (Cossalter, Motorcycle Dynamics,
    section 4.1), until it is knocked or slides beyond what can be balanced; then it falls as one body with the rider.

    Args:
        rider: whether somebody sits on it; without, it stands parked.
        abs: brakes with anti-lock.
    """
    pieces = [motorcycle_body(), *(_rider_meshes() if rider else [])]
    body = g.merge(pieces)
    wheels = {"wheel_front": (FRONT_X, front_wheel()), "wheel_rear": (REAR_X, rear_wheel())}
    parts = [ModelPart("body", body)]
    parts += [ModelPart(name, mesh, (x, 0.0, WHEEL_M)) for name, (x, mesh) in wheels.items()]
    size, center = outer_box([g.transformed(p.mesh, translation_m=p.position_m) for p in parts])
    spec = replace(MOTORCYCLE.spec(FRONT_X), abs=abs, single_track=True)
    load, height = (MOTORCYCLE.front_load, MOTORCYCLE.cg_height_m) if rider else (0.49, 0.52)
    top = size[2]
    machine = Shape("box", (0.0, 0.0, 0.575), size_m=(1.96, 0.36, 0.85))
    sitting = Shape("cylinder", (-0.10, 0.0, 0.5 * (0.95 + top)), size_m=(0.22, 0.22, top - 0.95))
    return Model(
        name="motorcycle",
        class_name="motorcycle",
        parts=tuple(parts),
        collision=(machine, sitting) if rider else (machine,),
        mass_kg=MOTORCYCLE.mass_kg - (0.0 if rider else RIDER_KG),
        size_m=size,
        box_center_m=center,
        center_of_mass_m=(FRONT_X - (1.0 - load) * spec.wheelbase_m, 0.0, height),
        displaced_volume_fraction=MOTORCYCLE.displaced_fraction,
        vehicle=spec,
        mounts={
            "windscreen": ((0.56, 0.0, 1.10), 0.0, 0.0),
            "bumper": ((0.70, 0.0, 0.80), 0.0, 0.0),
            "roof": ((-0.05, 0.0, top + 0.06), 0.0, 0.0),
        },
        lamps=_lamps(),
        slots=slots_of(pieces),
    )


def _rider_meshes() -> list[Mesh]:
    """The rider's segments at the pose of riding, in the model frame: feet on the pegs, hands on the grips."""
    of = figure(_HEIGHT_M)
    frames = _riding(of)
    out = []
    for segment in of.limbs.segments:
        mesh = _helmet(_HEIGHT_M * ADULT_HEAD) if segment.name == "head" else of.meshes[segment.name]
        f = frames[segment.name]
        out.append(g.transformed(mesh, rotation=np.array([f.x, f.y, f.z]).T, translation_m=f.origin))
    return out


def _riding(of: Figure) -> dict[str, Frame]:
    """Frames of all segments of a sitting rider."""
    limbs = of.limbs
    pelvis = UPRIGHT.child((SEAT[0], 0.0, SEAT[2] + _HIPS_OVER_SEAT_M), pitch=_PELVIS_RAD)
    chest = pelvis.child(limbs.bones["chest"], pitch=_LEAN_RAD - _PELVIS_RAD)
    out = {"pelvis": pelvis, "chest": chest, "head": chest.child(limbs.bones["head"], pitch=-0.8 * _LEAN_RAD)}
    for leg, side in zip(limbs.legs, (1.0, -1.0), strict=True):
        flat = replace(leg, toe_out_rad=side * 0.08)
        ankle = (PEG[0] - 0.75 * leg.ball_x_m, side * (PEG[1] + 0.01), PEG[2] + leg.ankle_m)
        pose_leg(flat, pelvis, Foot(ankle, 0.10, 0.0, False, 0.0), out)
    for arm in limbs.arms:
        hold(arm, chest, (GRIP[0], arm.side * GRIP[1], GRIP[2]), out)
    return out


def _helmet(head_m: float) -> Mesh:
    """A full-face helmet with a dark visor in place of the head, chin at z = 0 of the neck's frame and up."""
    shell = g.sphere(1.0, _HELMET, 18)
    x, y, z = (shell.vertices_m[shell.faces].mean(axis=1).astype(np.float64)).T
    visor = (x > 0.50) & (z > -0.22) & (z < 0.34) & (np.abs(y) < 0.80)
    skull = g.transformed(painted(shell, visor, GLASS), scale=(0.62 * head_m, 0.54 * head_m, 0.63 * head_m))
    chin = g.transformed(g.sphere(1.0, _HELMET, 12), scale=(0.46 * head_m, 0.44 * head_m, 0.33 * head_m))
    return g.merge(
        [
            g.transformed(skull, translation_m=(0.05 * head_m, 0.0, 0.62 * head_m)),
            g.transformed(chin, translation_m=(0.23 * head_m, 0.0, 0.24 * head_m)),
        ]
    )


def _lamps() -> tuple[LampMount, ...]:
    """One head lamp (UN R113), tail and brake lamp, four indicators."""
    ahead, back = (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)
    lamps = [
        LampMount("head", HEAD_LAMP, ahead, 15000.0, HEADLAMP_WHITE, "lowbeam"),
        LampMount("tail", TAIL_LAMP, back, 6.0, RED),
        LampMount("brake", TAIL_LAMP, back, 60.0, RED),
    ]
    for (x, y, z), way in zip(INDICATORS, (ahead, back), strict=True):
        lamps += [LampMount("indicator", (x, side * y, z), way, 200.0, AMBER) for side in (1.0, -1.0)]
    return tuple(lamps)
