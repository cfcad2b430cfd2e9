"""What a thing is: geometry, class, mass, mounts and lamps. No physics client here."""

from __future__ import annotations

from dataclasses import dataclass, field

from simgen.models.limbs import Limbs
from simgen.models.mesh import LampMount, Mesh, Shape
from simgen.models.robot_spec import RobotSpec

DRIVEN = ("front", "rear", "all")
"""Which axles of a vehicle are driven."""


@dataclass(frozen=True, eq=False)
class ModelPart:
    """A rigid piece of a model that may move against the others (a wheel, a robot link).

    Attributes:
        name: unique within the model: "body", "wheel_fl", link names.
        mesh: its triangles, in the part's own frame.
        position_m, quat_xyzw: rest pose of the part's frame in the model frame.
    """

    name: str
    mesh: Mesh
    position_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    quat_xyzw: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class VehicleSpec:
    """Dimensions and masses that the wheeled dynamics need; SI units.

    Attributes:
        wheelbase_m, track_m, wheel_radius_m: geometry; wheels are named wheel_fl, wheel_fr, wheel_rl, wheel_rr.
        front_axle_x_m: x of the front axle in the model frame (the rear is at front minus wheelbase).
        cg_height_m: centre of mass above ground at rest.
        max_steer_rad, max_drive_accel_mps2, max_brake_accel_mps2: limits of the controls.
        frontal_area_m2, drag_coefficient: aerodynamics.
        displaced_volume_fraction: share of the outer box that displaces water (flood).
        max_power_w: at the driven wheels; above the speed where it takes over, drive falls with speed.
        driven: the driven axles, one of `DRIVEN`.
        abs: service brakes held below wheel lock (anti-lock); without it hard braking locks the wheels.
        max_steer_rate_radps: how fast the front wheels can be turned.
        tyre_pressure_pa: inflation pressure above the atmosphere's, which sets the aquaplaning speed.
        side_area_m2, side_drag_coefficient: aerodynamics of air from the side.
        pressure_x_m, pressure_z_m: centre of pressure of the air in the model frame.
        single_track: two wheels in line, called wheel_front and wheel_rear, that a rider keeps balanced.
        hitch_m: where it takes the kingpin of a semi-trailer, in the model frame; None tows nothing.
        kingpin_m: where a semi-trailer is towed, in the model frame; its own axles, `wheelbase_m` apart, are all
            behind. None stands on its own wheels.
    """

    wheelbase_m: float
    track_m: float
    wheel_radius_m: float
    front_axle_x_m: float
    cg_height_m: float
    max_steer_rad: float = 0.6
    max_drive_accel_mps2: float = 4.0
    max_brake_accel_mps2: float = 10.0
    frontal_area_m2: float = 2.2
    drag_coefficient: float = 0.30
    displaced_volume_fraction: float = 0.38
    max_power_w: float = 110e3
    driven: str = "front"
    abs: bool = True
    max_steer_rate_radps: float = 0.8
    tyre_pressure_pa: float = 230e3
    side_area_m2: float = 4.6
    side_drag_coefficient: float = 1.0
    pressure_x_m: float = 0.25
    pressure_z_m: float = 0.6
    single_track: bool = False
    hitch_m: tuple[float, float, float] | None = None
    kingpin_m: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Yielding:
    """How a loose thing gives way to a vehicle that runs into or over it.

    In the catalogue the strength of cartons is computed from their board; the other numbers are estimates.

    Attributes:
        strength_n: most that a slow contact with it bears; beyond it crushes, folds or is dragged along.
        restitution: speed of parting over speed of closing of a free collision.
        crush_share: share of its length by which it can be crushed before it is as hard as what hits it; the shorter,
            the sooner a blow has set it in motion (see `simgen.world.impacts`).
    """

    strength_n: float
    restitution: float = 0.1
    crush_share: float = 0.3


@dataclass(frozen=True, eq=False)
class Model:
    """A thing that a scene can hold.

    The model frame has its origin on the ground under the middle of the footprint, x forward, y left, z up.

    Attributes:
        name: registered name, "car.sedan".
        class_name: a name of assets/classes.yaml.
        parts: rigid pieces; the first is the body.
        collision: primitives of the body in the model frame.
        mass_kg: total mass.
        size_m: (length, width, height) of the 3D box around the visible geometry.
        box_center_m: centre of that box in the model frame.
        center_of_mass_m: in the model frame.
        dynamic: False is fixed to the world (shelf); "kinematic" actors are moved by their behaviour.
        kinematic: True for people and animals: a collision proxy moved by a behaviour.
        displaced_volume_fraction: share of the collision volume that displaces water.
        friction: contact friction coefficient (the ground is 1.0 and Bullet multiplies).
        vehicle: present on wheeled vehicles.
        urdf: description that physics loads, for robots (see `simgen.models.urdf`); else "".
        mounts: name -> (position_m, yaw_rad, pitch_rad (positive looks up)), in the model frame.
        mount_parts: mounts that go with a part which moves against the body -> its name; such a mount is in the frame
            of that part.
        lamps: lamps in the model frame.
        slots: colourable slots and whether a random colour is drawn when the author gives none.
        limbs: how the parts of people and animals move against each other; their rest poses are the standing ones,
            and `size_m` is the box of the standing body (`simgen.models.stance.gait_box` has that of a moving one).
        yielding: how it gives way to vehicles; None is rigid.
        robot: what drives it, with a `urdf`.
    """

    name: str
    class_name: str
    parts: tuple[ModelPart, ...]
    collision: tuple[Shape, ...]
    mass_kg: float
    size_m: tuple[float, float, float]
    box_center_m: tuple[float, float, float]
    center_of_mass_m: tuple[float, float, float]
    dynamic: bool = True
    kinematic: bool = False
    displaced_volume_fraction: float = 1.0
    friction: float = 0.6
    vehicle: VehicleSpec | None = None
    urdf: str = ""
    mounts: dict[str, tuple[tuple[float, float, float], float, float]] = field(default_factory=dict)
    mount_parts: dict[str, str] = field(default_factory=dict)
    lamps: tuple[LampMount, ...] = ()
    slots: tuple[str, ...] = ()
    limbs: Limbs | None = None
    yielding: Yielding | None = None
    robot: RobotSpec | None = None
