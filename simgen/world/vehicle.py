"""All wheeled vehicles of a world: their fleet arrays, wheel rays, drivers and forces, once a tick."""

from __future__ import annotations

import math

import numpy as np

from simgen.conditions import Conditions, Surface
from simgen.models import Model, Site
from simgen.world.bodies import Body, Track
from simgen.world.bullet import GRAVITY_MPS2, GROUP_FREE, GROUP_STATIC, Client
from simgen.world.control import Action
from simgen.world.driver import Driver, Seat, path_of_lane, straight_path, watch_the_road
from simgen.world.frames import Array
from simgen.world.tyres import (
    RHO_AIR,
    ROLLING_RESISTANCE,
    Fleet,
    Friction,
    Motion,
    Pool,
    Wheels,
    friction_at,
    wheel_forces,
    wheel_rays,
)

WHEELS = ("wheel_fl", "wheel_fr", "wheel_rl", "wheel_rr")
_RIDE_HZ = 1.4
_DAMPING_RATIO = 0.4
_WHEEL_MASS_SHARE = 0.055  # of the mass on a corner; a 380 kg corner has a 21 kg wheel
_LIMIT_DEMAND = 1.0
_UNLOADED_SHARE = 0.10
_CRASH_MPS2 = 30.0
_STANDING_MPS = 0.3
_KICK_MPS = 3.0  # most that a wheel may speed up a thing it runs over within one tick


class Vehicles:
    """The fleet; row n is `bodies[n]`.

    Attributes:
        bodies: the vehicles' bodies.
        rows: their actor indices.
        wheels: state of the wheels.
        drivers: one a vehicle that keeps its speed, None for parked ones.
        braking: (N,) whether the service brake is on.
        force_n, torque_nm: (N, 3) of the wheels and the air at this tick.
    """

    def __init__(
        self, client: Client, bodies: list[Body], site: Site, conditions: Conditions, ground_uids: set[int]
    ) -> None:
        self._client = client
        self.bodies = bodies
        self.rows = np.array([b.index for b in bodies], np.int64)
        count = len(bodies)
        self.fleet = _fleet([b.model for b in bodies])
        self.wheels = Wheels(
            np.zeros(count),
            np.zeros((count, 4)),
            np.zeros((count, 4)),
            np.zeros((count, 4)),
            np.zeros((count, 4)),
            np.zeros((count, 4, 2)),
            np.zeros((count, 4)),
            np.zeros((count, 4)),
            np.zeros((count, 4, 3)),
        )
        self.friction = friction_table(conditions.surface)
        self.drivers = [_driver(b, site) for b in bodies]
        self.braking = np.zeros(count, np.bool_)
        self.force_n, self.torque_nm = np.zeros((count, 3)), np.zeros((count, 3))
        self._ground = ground_uids
        self._velocity_mps = np.full((count, 3), np.nan)  # at the last tick; NaN hides the launch
        self._steer_rad, self._accel_mps2 = np.zeros(count), np.zeros(count)
        self._hand_brake = np.ones(count, np.bool_)
        self._start_m, self._end_m = np.zeros((4 * count, 3)), np.zeros((4 * count, 3))
        self._hit = np.zeros(4 * count, np.bool_)
        self._hit_m, self._hit_normal = np.zeros((4 * count, 3)), np.zeros((4 * count, 3))

    def park(self) -> None:
        """Wheels locked, steering straight: what holds until t = 0."""
        self._hand_brake[:] = True
        self._steer_rad[:] = 0.0
        self._accel_mps2[:] = 0.0
        self.braking[:] = False

    def launch(self, n: int, speed_mps: float) -> None:
        """Set a vehicle's wheels rolling at its speed."""
        self.wheels.spin_radps[n] = speed_mps / self.fleet.radius_m[n]
        self.wheels.brush_m[n] = 0.0

    def control(self, track: Track, pool: Pool, dt_s: float, ego_row: int, action: Action | None) -> None:
        """Let the drivers decide; `action` replaces the decision of vehicle `ego_row` (-1: none)."""
        m = track.rows(self.rows)
        speeds = (m.rotation[:, :, 0] * m.velocity_mps).sum(axis=1).tolist()
        self._look(m, speeds, dt_s)
        for n, driver in enumerate(self.drivers):
            if n == ego_row and action is not None:
                self._steer_rad[n] = action.steer * self.fleet.max_steer_rad[n]
                top = self.fleet.max_drive_mps2[n] if action.accel >= 0.0 else self.fleet.max_brake_mps2[n]
                self._accel_mps2[n] = action.accel * top
                self._hand_brake[n] = False
            elif driver is not None:
                mu = friction_at(self.friction, speeds[n], _film_at(pool, m.position_m[n], self.bodies[n]))
                resistance = self._resistance(n, speeds[n], float(m.rotation[n, 2, 0]))
                self._steer_rad[n] = driver.steer(mu)
                most = float(self.fleet.max_drive_mps2[n])
                self._accel_mps2[n] = driver.accelerate(resistance, mu, most, dt_s)
                self._hand_brake[n] = driver.crashed and abs(speeds[n]) < _STANDING_MPS
            else:
                self._hand_brake[n] = True
            self.braking[n] = self._accel_mps2[n] < -0.3 and not self._hand_brake[n]

    def command(self, n: int) -> tuple[float, float]:
        """The command now in force as (steer, accel), each in [-1, 1]: what an `Action` would say."""
        accel = float(self._accel_mps2[n])
        top = self.fleet.max_drive_mps2[n] if accel >= 0.0 else self.fleet.max_brake_mps2[n]
        steer = min(max(float(self._steer_rad[n] / self.fleet.max_steer_rad[n]), -1.0), 1.0)
        return steer, min(max(accel / float(top), -1.0), 1.0)

    def push(self, track: Track, pool: Pool, dt_s: float) -> None:
        """Cast the wheel rays, advance the wheels and hand their forces to Bullet."""
        if not self.bodies:
            return
        motion = track.rows(self.rows)
        wheel_rays(self.fleet, motion, self._start_m, self._end_m)
        met = self._cast()
        wheel_forces(
            self.fleet,
            self.wheels,
            motion,
            self._hit,
            self._hit_m,
            self._hit_normal,
            self._steer_rad,
            self._accel_mps2,
            self._hand_brake,
            self.friction,
            pool,
            dt_s,
            self.force_n,
            self.torque_nm,
        )
        api, cid = self._client.api, self._client.id
        forces, torques, positions = (
            self.force_n.tolist(),
            self.torque_nm.tolist(),
            motion.position_m.tolist(),
        )
        for n, body in enumerate(self.bodies):
            api.applyExternalForce(body.uid, -1, forces[n], positions[n], api.WORLD_FRAME, physicsClientId=cid)
            api.applyExternalTorque(body.uid, -1, torques[n], api.WORLD_FRAME, physicsClientId=cid)
        for wheel, uid in met:
            self._run_over(uid, -self.wheels.force_n[wheel // 4, wheel % 4], dt_s)

    def slipping(self, n: int) -> float:
        """Share of the vehicle's wheels that are at their friction limit or carry next to no load."""
        limit = (self.wheels.demand[n] > _LIMIT_DEMAND) | (
            self.wheels.load_n[n] < _UNLOADED_SHARE * self.fleet.load_n[n]
        )
        return float(np.count_nonzero(limit)) / 4.0

    def _look(self, motion: Motion, speeds_mps: list[float], dt_s: float) -> None:
        """Let the drivers see their lanes and each other, and notice crashes."""
        jolt = np.abs(motion.velocity_mps - self._velocity_mps)[:, :2].max(axis=1) > _CRASH_MPS2 * dt_s
        self._velocity_mps = motion.velocity_mps
        for n, driver in enumerate(self.drivers):
            if driver is None:
                continue
            r = motion.rotation[n]
            rear = self._rear_axle(n, r, motion.position_m[n])
            driver.look(rear, math.atan2(r[1, 0], r[0, 0]), speeds_mps[n])
            driver.crashed = driver.crashed or bool(jolt[n])
        watch_the_road([d for d in self.drivers if d is not None])

    def _cast(self) -> list[tuple[int, int]]:
        """Shoot the wheel rays; wheel and Bullet id of everything they met that is not the ground."""
        hits = self._client.api.rayTestBatch(
            self._start_m.tolist(),
            self._end_m.tolist(),
            numThreads=1,
            collisionFilterMask=GROUP_FREE | GROUP_STATIC,
            physicsClientId=self._client.id,
        )
        uids = [h[0] for h in hits]
        self._hit[:] = [u >= 0 for u in uids]
        self._hit_m[:] = [h[3] for h in hits]
        self._hit_normal[:] = [h[4] for h in hits]
        return [(i, u) for i, u in enumerate(uids) if u >= 0 and u not in self._ground]

    def _run_over(self, uid: int, force_n: Array, dt_s: float) -> None:
        """Push what a wheel stands on; a light thing gives way rather than being shot out."""
        api, cid = self._client.api, self._client.id
        mass = api.getDynamicsInfo(uid, -1, physicsClientId=cid)[0]
        if mass <= 0.0:
            return
        size = math.sqrt(float((force_n * force_n).sum()))
        scale = min(1.0, mass * _KICK_MPS / dt_s / max(size, 1e-9))
        position = api.getBasePositionAndOrientation(uid, physicsClientId=cid)[0]
        api.applyExternalForce(uid, -1, (force_n * scale).tolist(), position, api.WORLD_FRAME, physicsClientId=cid)

    def _resistance(self, n: int, speed_mps: float, climb: float) -> float:
        """Deceleration in m/s2 by air, rolling and a slope whose sine is `climb`."""
        air = 0.5 * RHO_AIR * self.fleet.drag_area_m2[n] * speed_mps * abs(speed_mps) / self.fleet.mass_kg[n]
        return float(air) + GRAVITY_MPS2 * (ROLLING_RESISTANCE + climb)

    def _rear_axle(self, n: int, rotation: Array, position_m: Array) -> tuple[float, float]:
        """World x and y of the middle of the rear axle."""
        x = self.fleet.wheel_m[n, 2, 0]
        return float(position_m[0] + x * rotation[0, 0]), float(position_m[1] + x * rotation[1, 0])


def friction_table(surface: Surface) -> Friction:
    """The surface's friction over speed (0 to 60 m/s) and extra water film, for the tyre kernel."""
    step, films = 2.0, (0.0, 0.1e-3, 0.2e-3, 0.5e-3, 1.0e-3, 2.0e-3)
    mu = [[surface.friction(step * i, f) for f in films] for i in range(31)]
    return Friction(step, np.array(films), np.array(mu))


def _film_at(pool: Pool, position_m: Array, body: Body) -> float:
    """Depth of the pool's water over the ground under a vehicle, as its wheels would feel it."""
    x, y = float(position_m[0]), float(position_m[1])
    if not (pool.x_min_m <= x <= pool.x_max_m and pool.y_min_m <= y <= pool.y_max_m):
        return 0.0
    return max(0.0, pool.level_m - (float(position_m[2]) - body.model.center_of_mass_m[2]))


def _driver(body: Body, site: Site) -> Driver | None:
    spec, v = body.spec, body.model.vehicle
    if spec.behaviour != "keep_speed" or v is None:
        return None
    x, y, _ = spec.position_m
    path = path_of_lane(site.lanes[spec.lane]) if spec.lane else straight_path(x, y, spec.yaw_rad)
    rear_x = v.front_axle_x_m - v.wheelbase_m
    middle, half = body.model.box_center_m[0], 0.5 * body.model.size_m[0]
    seat = Seat(v.wheelbase_m, middle + half - rear_x, rear_x - middle + half)
    return Driver(path, spec.lane, spec.speed_mps, seat, (x, y))


def _fleet(models: list[Model]) -> Fleet:
    count = len(models)
    wheel_m, load_n = np.zeros((count, 4, 3)), np.zeros((count, 4))
    specs = []
    for n, model in enumerate(models):
        v = model.vehicle
        assert v is not None  # only vehicles are put into a fleet
        specs.append(v)
        cx, cy, cz = model.center_of_mass_m
        rear_x = v.front_axle_x_m - v.wheelbase_m
        front_share = (cx - rear_x) / v.wheelbase_m
        for w, (x, side) in enumerate(
            ((v.front_axle_x_m, 1.0), (v.front_axle_x_m, -1.0), (rear_x, 1.0), (rear_x, -1.0))
        ):
            wheel_m[n, w] = (x - cx, side * 0.5 * v.track_m - cy, v.wheel_radius_m - cz)
            axle = front_share if w < 2 else 1.0 - front_share
            load_n[n, w] = model.mass_kg * GRAVITY_MPS2 * axle * (0.5 + side * cy / v.track_m)
    corner_kg = load_n / GRAVITY_MPS2
    spring = corner_kg * (2.0 * math.pi * _RIDE_HZ) ** 2
    radius = np.array([v.wheel_radius_m for v in specs])
    return Fleet(
        np.array([m.mass_kg for m in models]),
        wheel_m,
        radius,
        0.6 * _WHEEL_MASS_SHARE * corner_kg.mean(axis=1) * radius**2,
        load_n,
        spring,
        2.0 * _DAMPING_RATIO * corner_kg * (2.0 * math.pi * _RIDE_HZ),
        load_n / spring,
        np.array([v.wheelbase_m for v in specs]),
        np.array([v.track_m for v in specs]),
        np.array([v.max_drive_accel_mps2 for v in specs]),
        np.array([v.max_brake_accel_mps2 for v in specs]),
        np.array([v.max_steer_rad for v in specs]),
        np.array([v.drag_coefficient * v.frontal_area_m2 for v in specs]),
    )
