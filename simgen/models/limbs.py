"""What moves against what in people, animals and cyclists: segments, joints, legs and arms. Plain data.

Every segment is a part of its model. Its frame has the origin at the joint to its parent; limb bones run along
their own -z. Joints of the trunk are given in the trunk's frame.
"""

from __future__ import annotations

from dataclasses import dataclass

from simgen.models.bones import Vec
from simgen.models.mesh import Shape

FREE: Vec = (3.0, 3.0, 3.0)


@dataclass(frozen=True)
class Segment:
    """A rigid piece of a body.

    Attributes:
        name: of the model's part.
        parent: name of the segment that it hangs on; "" for a trunk or a bicycle.
        mass_share: of the model's mass; 0 for what rides on `rides`.
        shapes: collision primitives in its frame, for the ragdoll; empty for what rides on `rides`.
        center_of_mass_m: in its frame.
        rides: name of the segment whose rigid body it shares in the ragdoll; "" has its own.
        low_rad, high_rad: how far the joint turns from its standing pose, as the rotation vector about x
            (a left limb outward), y (a limb backward) and z of the parent.
    """

    name: str
    parent: str
    mass_share: float = 0.0
    shapes: tuple[Shape, ...] = ()
    center_of_mass_m: Vec = (0.0, 0.0, 0.0)
    rides: str = ""
    low_rad: Vec = (-0.3, -0.3, -0.3)
    high_rad: Vec = (0.3, 0.3, 0.3)


@dataclass(frozen=True)
class Leg:
    """A leg of two bones and a foot, under a girdle bone (shoulder blade, thigh of a quadruped) or none.

    Attributes:
        girdle, upper, lower, foot, toes: names of its segments; "" where it has none.
        root_m: joint of its top in the trunk's frame.
        girdle_m, upper_m, lower_m: lengths of the bones.
        girdle_rad: lean of the girdle bone at rest, lower end forward.
        rest_x_m, rest_y_m: where the ankle of the standing leg is, in the model frame.
        ankle_m: height of the ankle above the sole.
        heel_x_m, ball_x_m: ends of the sole that it rolls over, from the ankle.
        toe_out_rad: heading of the foot, left positive.
        bend: 1 where the middle joint goes forward, -1 where it goes back.
        lead: how far ahead its way on the ground is moved, as a share of that way.
    """

    girdle: str
    upper: str
    lower: str
    foot: str
    toes: str
    root_m: Vec
    girdle_m: float
    upper_m: float
    lower_m: float
    girdle_rad: float
    rest_x_m: float
    rest_y_m: float
    ankle_m: float
    heel_x_m: float
    ball_x_m: float
    toe_out_rad: float
    bend: float
    lead: float = 0.0


@dataclass(frozen=True)
class Arm:
    """An arm: its segments, the shoulder in the chest's frame, the lengths of its bones, and which side it is on.

    One that `holds` something up before the chest does not swing.
    """

    upper: str
    lower: str
    hand: str
    root_m: Vec
    upper_m: float
    lower_m: float
    side: float
    holds: bool = False


@dataclass(frozen=True)
class Bicycle:
    """Measures of a bicycle, metres.

    Its segments are frame, fork, wheel_front, wheel_rear, cranks, pedal_l and pedal_r.

    Attributes:
        wheel_radius_m: of both.
        rear_axle_m, bottom_bracket_m: in the model frame; the frame's own frame is the model's.
        head_m: where the steering axis meets the fork's origin; head_rad: its lean back from the vertical.
        front_axle_m: in the fork's frame.
        crank_m: length of a crank; pedal_y_m: of the pedals' middle from the frame's.
        grip_m: of the left hand in the fork's frame.
        saddle_m: of the rider's hips.
        development_m: way of one turn of the cranks.
    """

    wheel_radius_m: float
    rear_axle_m: Vec
    bottom_bracket_m: Vec
    head_m: Vec
    head_rad: float
    front_axle_m: Vec
    crank_m: float
    pedal_y_m: float
    grip_m: Vec
    saddle_m: Vec
    development_m: float


@dataclass(frozen=True, eq=False)
class Limbs:
    """How a model is put together.

    Attributes:
        kind: "biped", "quadruped" or "cyclist".
        segments: one for each part of the model, in the order of the parts, parents before children; the first is
            the trunk that everything hangs on.
        legs: left before right; of quadrupeds the fore legs first.
        arms: left, right.
        hip_m: height of the hip joint over the ground when standing: the length that the Froude number takes.
        trunk_m: height of the trunk's frame when standing; hips of people, withers of animals.
        bones: trunk's other joints: "chest" and "head" of people, "neck" and "head" of animals, each in its
            parent's frame.
        bicycle: of a cyclist.
    """

    kind: str
    segments: tuple[Segment, ...]
    legs: tuple[Leg, ...]
    arms: tuple[Arm, ...]
    hip_m: float
    trunk_m: float
    bones: dict[str, Vec]
    bicycle: Bicycle | None = None
