"""The vehicles in numbers: one table of dimensions, masses, drives and aerodynamics, used by models and dynamics.

Where the numbers come from: dimensions, wheelbases, tracks, clearances, kerb masses (with a driver of 75 kg), powers,
tyre sizes and pressures are those of the makers' data sheets for the vehicles named in `like`, rounded. Drag
coefficients and frontal areas: makers' data and Hucho, Aerodynamics of Road Vehicles. Side areas are 0.85 (cars) to
0.95 (boxes) of length times height; their drag coefficient near 1 is that of bluff bodies with rounded edges
(Hoerner, Fluid-Dynamic Drag), their centre lies ahead of the middle of the wheelbase, as wind tunnels find (Baker
1986). Heights of the centre of mass: 0.38 (cars) to 0.42 of the height, NHTSA's measured inertias (SAE 1999-01-1336).
The displaced share of the outer box, 0.38, fits the full-scale flotation tests of a 1.05 t small car (0.60 m) and a
2.5 t four-wheel drive (0.95 m) at the Water Research Laboratory of UNSW, Sydney (2017); nobody has measured the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from simgen.models.model import VehicleSpec


@dataclass(frozen=True)
class VehicleData:
    """One kind of vehicle; SI units.

    Attributes:
        like: the vehicle that it is like.
        length_m, width_m, height_m: outside, without mirrors.
        mass_kg: with a driver.
        wheelbase_m, track_m, wheel_radius_m, clearance_m: running gear.
        front_load: share of the mass on the front axle.
        cg_height_m: of the centre of mass.
        power_w: of the engine; `DRIVELINE` of it reaches the wheels.
        driven: axles, see `VehicleSpec`.
        drive_mps2, brake_mps2: most that drive and brakes can do on the best of roads.
        steer_rad, steer_rate_radps: of the front wheels, and how fast a driver turns them.
        tyre_pressure_pa: above the atmosphere's.
        frontal_area_m2, drag_coefficient, side_area_m2, side_drag_coefficient: aerodynamics.
        pressure_ahead_m, pressure_z_m: centre of pressure from the middle of the wheelbase, and over the ground.
        displaced_fraction: share of the outer box that displaces water.
    """

    like: str
    length_m: float
    width_m: float
    height_m: float
    mass_kg: float
    wheelbase_m: float
    track_m: float
    wheel_radius_m: float
    clearance_m: float
    front_load: float
    cg_height_m: float
    power_w: float
    driven: str
    drive_mps2: float
    brake_mps2: float
    steer_rad: float
    steer_rate_radps: float
    tyre_pressure_pa: float
    frontal_area_m2: float
    drag_coefficient: float
    side_area_m2: float
    side_drag_coefficient: float
    pressure_ahead_m: float
    pressure_z_m: float
    displaced_fraction: float

    def spec(self, front_axle_x_m: float) -> VehicleSpec:
        """What the dynamics need of a model with its front axle there."""
        return VehicleSpec(
            wheelbase_m=self.wheelbase_m,
            track_m=self.track_m,
            wheel_radius_m=self.wheel_radius_m,
            front_axle_x_m=front_axle_x_m,
            cg_height_m=self.cg_height_m,
            max_steer_rad=self.steer_rad,
            max_drive_accel_mps2=self.drive_mps2,
            max_brake_accel_mps2=self.brake_mps2,
            frontal_area_m2=self.frontal_area_m2,
            drag_coefficient=self.drag_coefficient,
            displaced_volume_fraction=self.displaced_fraction,
            max_power_w=DRIVELINE * self.power_w,
            driven=self.driven,
            max_steer_rate_radps=self.steer_rate_radps,
            tyre_pressure_pa=self.tyre_pressure_pa,
            side_area_m2=self.side_area_m2,
            side_drag_coefficient=self.side_drag_coefficient,
            pressure_x_m=front_axle_x_m - 0.5 * self.wheelbase_m + self.pressure_ahead_m,
            pressure_z_m=self.pressure_z_m,
        )


DRIVELINE = 0.88
"""Share of an engine's power that its gears and shafts hand on to the wheels."""

VEHICLES = {
    "car.small": VehicleData(
        "Toyota Yaris (XP130)",
        length_m=3.885, width_m=1.695, height_m=1.51, mass_kg=1050.0,
        wheelbase_m=2.51, track_m=1.475, wheel_radius_m=0.300, clearance_m=0.15, front_load=0.60, cg_height_m=0.56,
        power_w=73e3, driven="front", drive_mps2=3.2, brake_mps2=10.0, steer_rad=0.62, steer_rate_radps=0.8,
        tyre_pressure_pa=220e3, frontal_area_m2=2.15, drag_coefficient=0.30,
        side_area_m2=5.0, side_drag_coefficient=1.0, pressure_ahead_m=0.15, pressure_z_m=0.66, displaced_fraction=0.38,
    ),
    "car.hatchback": VehicleData(
        "Volkswagen Polo (AW)",
        length_m=4.10, width_m=1.75, height_m=1.48, mass_kg=1150.0,
        wheelbase_m=2.60, track_m=1.50, wheel_radius_m=0.310, clearance_m=0.16, front_load=0.60, cg_height_m=0.55,
        power_w=81e3, driven="front", drive_mps2=3.2, brake_mps2=10.0, steer_rad=0.60, steer_rate_radps=0.8,
        tyre_pressure_pa=230e3, frontal_area_m2=2.1, drag_coefficient=0.32,
        side_area_m2=5.2, side_drag_coefficient=1.0, pressure_ahead_m=0.17, pressure_z_m=0.65, displaced_fraction=0.38,
    ),
    "car.sedan": VehicleData(
        "Volkswagen Passat (B8)",
        length_m=4.70, width_m=1.82, height_m=1.45, mass_kg=1500.0,
        wheelbase_m=2.80, track_m=1.57, wheel_radius_m=0.325, clearance_m=0.15, front_load=0.56, cg_height_m=0.54,
        power_w=125e3, driven="front", drive_mps2=4.0, brake_mps2=10.0, steer_rad=0.60, steer_rate_radps=0.8,
        tyre_pressure_pa=240e3, frontal_area_m2=2.2, drag_coefficient=0.28,
        side_area_m2=5.6, side_drag_coefficient=0.95, pressure_ahead_m=0.20, pressure_z_m=0.63, displaced_fraction=0.38,
    ),
    "car.suv": VehicleData(
        "Volvo XC60",
        length_m=4.70, width_m=1.90, height_m=1.70, mass_kg=1900.0,
        wheelbase_m=2.74, track_m=1.63, wheel_radius_m=0.372, clearance_m=0.21, front_load=0.54, cg_height_m=0.67,
        power_w=184e3, driven="all", drive_mps2=4.0, brake_mps2=10.0, steer_rad=0.60, steer_rate_radps=0.8,
        tyre_pressure_pa=250e3, frontal_area_m2=2.7, drag_coefficient=0.34,
        side_area_m2=6.6, side_drag_coefficient=1.0, pressure_ahead_m=0.18, pressure_z_m=0.78, displaced_fraction=0.38,
    ),
    "car.offroad": VehicleData(
        "Nissan Patrol (Y61)",
        length_m=5.09, width_m=1.94, height_m=1.855, mass_kg=2500.0,
        wheelbase_m=2.97, track_m=1.615, wheel_radius_m=0.390, clearance_m=0.22, front_load=0.50, cg_height_m=0.75,
        power_w=118e3, driven="all", drive_mps2=3.0, brake_mps2=9.5, steer_rad=0.58, steer_rate_radps=0.7,
        tyre_pressure_pa=240e3, frontal_area_m2=3.0, drag_coefficient=0.44,
        side_area_m2=8.0, side_drag_coefficient=1.05, pressure_ahead_m=0.15, pressure_z_m=0.92, displaced_fraction=0.38,
    ),
    "van.panel": VehicleData(
        "Mercedes-Benz Sprinter (906), standard wheelbase, high roof",
        length_m=5.91, width_m=1.993, height_m=2.70, mass_kg=2200.0,
        wheelbase_m=3.665, track_m=1.71, wheel_radius_m=0.345, clearance_m=0.19, front_load=0.54, cg_height_m=0.90,
        power_w=105e3, driven="rear", drive_mps2=2.8, brake_mps2=9.0, steer_rad=0.65, steer_rate_radps=0.7,
        tyre_pressure_pa=380e3, frontal_area_m2=4.6, drag_coefficient=0.35,
        side_area_m2=14.0, side_drag_coefficient=1.1, pressure_ahead_m=0.35, pressure_z_m=1.42, displaced_fraction=0.38,
    ),
    "pickup.double_cab": VehicleData(
        "Toyota Hilux (AN120), double cab",
        length_m=5.325, width_m=1.855, height_m=1.815, mass_kg=2100.0,
        wheelbase_m=3.085, track_m=1.54, wheel_radius_m=0.385, clearance_m=0.31, front_load=0.56, cg_height_m=0.72,
        power_w=110e3, driven="all", drive_mps2=3.2, brake_mps2=9.5, steer_rad=0.60, steer_rate_radps=0.7,
        tyre_pressure_pa=230e3, frontal_area_m2=2.8, drag_coefficient=0.40,
        side_area_m2=7.9, side_drag_coefficient=1.05, pressure_ahead_m=0.25, pressure_z_m=0.85, displaced_fraction=0.34,
    ),
    "truck.box": VehicleData(
        "MAN TGL 7.5 t with a box body",
        length_m=7.50, width_m=2.40, height_m=3.30, mass_kg=7500.0,
        wheelbase_m=4.20, track_m=1.86, wheel_radius_m=0.40, clearance_m=0.20, front_load=0.54, cg_height_m=1.20,
        power_w=132e3, driven="rear", drive_mps2=1.8, brake_mps2=7.0, steer_rad=0.70, steer_rate_radps=0.6,
        tyre_pressure_pa=700e3, frontal_area_m2=7.2, drag_coefficient=0.65,
        side_area_m2=21.0, side_drag_coefficient=1.15, pressure_ahead_m=0.0, pressure_z_m=1.85, displaced_fraction=0.30,
    ),
    "truck.tractor": VehicleData(
        "Mercedes-Benz Actros 1845 LS, 4x2 tractor, BigSpace cab",
        length_m=5.90, width_m=2.50, height_m=3.90, mass_kg=7700.0,
        wheelbase_m=3.60, track_m=1.98, wheel_radius_m=0.50, clearance_m=0.22, front_load=0.68, cg_height_m=1.05,
        power_w=330e3, driven="rear", drive_mps2=1.2, brake_mps2=6.5, steer_rad=0.75, steer_rate_radps=0.6,
        tyre_pressure_pa=850e3, frontal_area_m2=9.0, drag_coefficient=0.57,
        side_area_m2=13.0, side_drag_coefficient=1.1, pressure_ahead_m=0.60, pressure_z_m=2.00, displaced_fraction=0.25,
    ),
    "fire_engine": VehicleData(
        "MAN TGL 12.250 with a crew cab and a fire-fighting body, water and a crew of six aboard",
        length_m=7.50, width_m=2.40, height_m=3.30, mass_kg=11500.0,
        wheelbase_m=4.20, track_m=1.86, wheel_radius_m=0.40, clearance_m=0.20, front_load=0.40, cg_height_m=1.25,
        power_w=184e3, driven="rear", drive_mps2=1.6, brake_mps2=6.8, steer_rad=0.70, steer_rate_radps=0.6,
        tyre_pressure_pa=750e3, frontal_area_m2=7.0, drag_coefficient=0.70,
        side_area_m2=20.0, side_drag_coefficient=1.15, pressure_ahead_m=0.0, pressure_z_m=1.70, displaced_fraction=0.34,
    ),
    "bus.city": VehicleData(
        "Mercedes-Benz Citaro (C2), 12 m, two axles",
        length_m=12.135, width_m=2.55, height_m=3.12, mass_kg=11300.0,
        wheelbase_m=5.90, track_m=2.05, wheel_radius_m=0.478, clearance_m=0.30, front_load=0.36, cg_height_m=1.10,
        power_w=220e3, driven="rear", drive_mps2=1.3, brake_mps2=7.0, steer_rad=0.80, steer_rate_radps=0.6,
        tyre_pressure_pa=850e3, frontal_area_m2=7.4, drag_coefficient=0.60,
        side_area_m2=35.0, side_drag_coefficient=1.1, pressure_ahead_m=0.40, pressure_z_m=1.65, displaced_fraction=0.38,
    ),
}  # fmt: skip
"""By the name of the model."""

SEMI_TRAILER = VehicleData(
    "Schmitz Cargobull S.KO box semi-trailer with three axles, half laden",
    length_m=13.59, width_m=2.55, height_m=4.00, mass_kg=20000.0,
    wheelbase_m=2.0 * 1.31 * (2.0 / 3.0) ** 0.5, track_m=2.04, wheel_radius_m=0.50, clearance_m=0.40, front_load=0.5,
    cg_height_m=1.90,
    power_w=0.0, driven="rear", drive_mps2=0.0, brake_mps2=6.5, steer_rad=0.0, steer_rate_radps=0.1,
    tyre_pressure_pa=900e3, frontal_area_m2=10.0, drag_coefficient=0.15,
    side_area_m2=42.0, side_drag_coefficient=1.15, pressure_ahead_m=2.50, pressure_z_m=2.30, displaced_fraction=0.30,
)  # fmt: skip
"""Towed by a tractor, in whose wake it moves: hence the small drag.

Directive 96/53/EC, annex I: 12.00 m from the kingpin to the tail, 2.04 m from it to any point of the front, 2.55 m
wide, 4.00 m high; 16.50 m behind a tractor whose kingpin is 4.50 m behind its nose. Dynamics have two axles for its
three: of the same middle and, so that it resists turning alike, of the same mean square of the distance from it.
"""
RIDER_KG = 75.0
MOTORCYCLE = VehicleData(
    "Honda CB500F (2019) with a rider",
    length_m=2.08, width_m=0.79, height_m=1.06, mass_kg=189.0 + RIDER_KG,
    wheelbase_m=1.41, track_m=0.10, wheel_radius_m=0.305, clearance_m=0.145, front_load=0.46, cg_height_m=0.63,
    power_w=35e3, driven="rear", drive_mps2=5.0, brake_mps2=9.0, steer_rad=0.45, steer_rate_radps=1.5,
    tyre_pressure_pa=250e3, frontal_area_m2=0.70, drag_coefficient=0.60,
    side_area_m2=1.5, side_drag_coefficient=1.0, pressure_ahead_m=-0.10, pressure_z_m=0.85, displaced_fraction=0.25,
)  # fmt: skip
"""The maker's data with a rider; height without the mirrors and the rider, track the width of the tread that stands.

Centre of mass with a rider, its load on the front and the drag area of 0.42 m2: Cossalter, Motorcycle Dynamics
(2006), sections 3.1 and 5.3 (0.5 to 0.7 m high, 43 to 50 % on the front, 0.3 to 0.5 m2 for a rider who sits upright).
"""
