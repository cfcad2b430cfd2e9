"""All wheeled vehicles of a world: their fleet arrays, wheel rays, drivers and forces, once a tick."""

from __future__ import annotations

import math

import numpy as np

from simgen.conditions import Conditions, Surface
from simgen.held import Held
from simgen.models import Model, Site
from simgen.world.attention import new_attention
from simgen.world.balance import Balance
from simgen.world.bodies import Body, Track
from simgen.world.bullet import GRAVITY_MPS2, GROUP_FREE, GROUP_STATIC, GROUP_YIELDING, Client
from simgen.world.control import Action
from simgen.world.coupling import Couplings
from simgen.world.driver import Seat, hire, offset_of
from simgen.world.fleet import fleet_of
from simgen.world.frames import Array, inverse, turn
from simgen.world.grip import friction_table
from simgen.world.orders import DriverOrders, Orders
from simgen.world.path import path_of_lane, straight_path
from simgen.world.relief import relief_of
from simgen.world.state import Friction, Motion, Pool, new_wheels
from simgen.world.traffic import Commands, Convoy, Feelers, Props, decide, drive, feel, note

CORNER_OF = {
    "wheel_fl": 0, "wheel_fr": 1, "wheel_ml": 2, "wheel_mr": 3, "wheel_rl": 2, "wheel_rr": 3,
    "wheel_front": 0, "wheel_rear": 2,
}  # fmt: skip
"""Wheel part -> its corner in the fleet; the wheels of a single track move as those on the left would, the middle ones
of three axles as those behind."""
_KICK_MPS = 3.0  # most that a wheel may speed up a thing it runs over within one tick
_ROBOT_LIMBS_M = 0.5  # how far a robot's links may reach beyond the box of its model
_MARGIN_M = 0.1
_NOTE_TICKS = 12
_NO_ORDER = (0.0, 0.0, False)


class Vehicles:
    """The fleet; row n is `bodies[n]`.

    Attributes:
        bodies: the vehicles' bodies.
        rows: (N,) their actor indices.
        wheels: state of the wheels.
        seats: the drivers' seats, None on parked vehicles; drivers: those drivers.
        commands: what the vehicles are told, by drivers or the caller.
        friction: of the surface that they are on.
        force_n, torque_nm: (N, 3) of the wheels and the air at this tick.
        balance: the riders of motorcycles.
        couplings: the trailers of tractors.
    """

    def __init__(
        self,
        client: Client,
        bodies: list[Body],
        others: list[Body],
        orders: list[tuple[Orders, ...]],
        site: Site,
        conditions: Conditions,
    ) -> None:
        self._client = client
        self.bodies = bodies
        self.rows = np.array([b.index for b in bodies], np.int64)
        count = len(bodies)
        self.couplings = Couplings(client, bodies)
        self.fleet = fleet_of([b.model for b in bodies], self.couplings.towed_by)
        self.balance = Balance(bodies)
        self.wheels = new_wheels(count)
        self.friction, self._grip = _gripped(conditions.surface)
        towed = {tractor: bodies[n].model for n, tractor in self.couplings.towed_by.items()}
        self.seats = [_seat(b, towed.get(n), orders[b.index], site) for n, b in enumerate(bodies)]
        self.drivers = hire(self.seats)
        self._attention = new_attention(
            np.array([b.model.box_center_m[0] - b.model.center_of_mass_m[0] for b in bodies], np.float64),
            np.array([0.5 * b.model.size_m[0] for b in bodies], np.float64),
            np.array([0.5 * b.model.size_m[1] for b in bodies], np.float64),
        )
        self.commands = Commands(
            np.zeros(count),
            np.zeros(count),
            np.zeros(count, np.bool_),
            np.ones(count, np.bool_),
            np.zeros(count, np.bool_),
            np.full((count, 3), np.nan),
            self.wheels.gear,
        )
        self.force_n, self.torque_nm = np.zeros((count, 3)), np.zeros((count, 3))
        self._still_air = np.zeros((count, 3))
        self._relief = relief_of(site)
        self._props = _props(others)
        self._strength_n = {b.uid: b.model.yielding.strength_n for b in others if b.model.yielding is not None}
        self._noted = _NOTE_TICKS  # ticks since the props were noted
        self._ride_m = np.array([b.model.center_of_mass_m[2] for b in bodies], np.float64)
        rays = 4 * count
        self._feelers = Feelers(
            np.zeros((rays, 3)),
            np.zeros((rays, 3)),
            np.zeros(rays, np.bool_),
            np.zeros(rays, np.bool_),
            np.zeros((rays, 3)),
            np.zeros((rays, 3)),
        )
        self._convoy: tuple[Motion, Held] | None = None

    def _on(self, motion: Motion) -> Held:
        """The `Convoy` in a world's motion."""
        if self._convoy is None or self._convoy[0] is not motion:
            held = Convoy(
                self.fleet, self.wheels, self.drivers, self._attention, self.commands, self._feelers, self._relief,
                self._props, motion, self.rows, self._ride_m, self.force_n, self.torque_nm,
            )  # fmt: skip
            self._convoy = motion, Held(held)
        return self._convoy[1]

    def take(self, surface: Surface) -> None:
        """Drive on another surface from now on."""
        self.friction, self._grip = _gripped(surface)

    def park(self) -> None:
        """Wheels locked, steering straight: what holds until t = 0."""
        self.commands.parked[:] = True
        self.commands.hand_brake[:] = False
        self.commands.steer_rad[:] = 0.0
        self.commands.accel_mps2[:] = 0.0
        self.commands.braking[:] = False

    def launch(self, n: int, speed_mps: float, motion: Motion) -> tuple[Array, Array]:
        """Set a vehicle's wheels rolling at its speed; the velocity of its mass and its angular velocity, (3,) each."""
        ahead = motion.rotation[self.rows[n]][:, 0]
        linear, angular = ahead * speed_mps, np.zeros(3)
        if n in self.couplings.towed_by:
            linear, angular = self.couplings.launch(n, speed_mps, motion)
            speed_mps = float((ahead * linear).sum())
        self.wheels.spin_radps[n] = speed_mps / self.fleet.radius_m[n]
        self.wheels.brush_m[n] = 0.0
        return linear, angular

    def control(self, track: Track, pool: Pool, dt_s: float, ego_row: int, action: Action | None) -> None:
        """Let the drivers decide; `action` replaces the decision of vehicle `ego_row` (-1: none)."""
        if not self.bodies:
            return
        decide(
            self._on(track.latest),
            self._grip,
            pool,
            dt_s,
            -1 if action is None else ego_row,
            _NO_ORDER if action is None else (float(action.steer), float(action.accel), action.hand_brake),
        )
        self.couplings.obey(self.commands)

    def command(self, n: int) -> tuple[float, float]:
        """The command now in force as (steer, accel), each in [-1, 1]: what an `Action` would say."""
        accel = float(self.commands.accel_mps2[n])
        top = self.fleet.max_drive_mps2[n] if accel >= 0.0 else self.fleet.max_brake_mps2[n]
        steer = min(max(float(self.commands.steer_rad[n] / self.fleet.max_steer_rad[n]), -1.0), 1.0)
        return steer, min(max(accel / float(top), -1.0), 1.0)

    def push(self, track: Track, pool: Pool, dt_s: float, air_mps: Array | None = None) -> None:
        """Cast the wheel rays, advance the wheels and hand their forces and the air's to Bullet.

        Args:
            track: the present motion.
            pool: standing water.
            dt_s: tick.
            air_mps: (N, 3) velocity of the air at each vehicle's centre of mass, world frame; None: still air.
        """
        if not self.bodies:
            return
        air = self._still_air if air_mps is None else air_mps
        if self._noted >= _NOTE_TICKS:
            note(self._props, track.motion)
            self._noted = 0
        motion, convoy = track.latest, self._on(track.latest)
        unsure = feel(convoy, self._noted * dt_s)
        self._noted += 1
        met = self._cast() if unsure else ()
        drive(convoy, self._grip, pool, air, dt_s)
        for wheel, uid in met:
            self._run_over(wheel, uid, motion, dt_s)
        self.balance.hold(motion, self.fleet, self.wheels, self.torque_nm)
        self.couplings.hold(motion, self.torque_nm)
        cid, world = self._client.id, self._client.api.WORLD_FRAME
        apply_force, apply_torque = self._client.api.applyExternalForce, self._client.api.applyExternalTorque
        forces, torques = self.force_n.tolist(), self.torque_nm.tolist()
        for n, body in enumerate(self.bodies):
            uid = body.uid
            apply_force(uid, -1, forces[n], track.positions_m[body.index], world, cid)
            apply_torque(uid, -1, torques[n], world, cid)

    def off_path_m(self, n: int, x_m: float, y_m: float) -> float | None:
        """How far left of its driver's path a point near vehicle n lies; None for a vehicle without a driver."""
        return float(offset_of(self.drivers, n, x_m, y_m)) if self.drivers.drives[n] else None

    def _cast(self) -> list[tuple[int, int]]:
        """Let Bullet shoot the unsure rays; wheel and Bullet id of everything they met above the ground."""
        f = self._feelers
        wheels = np.flatnonzero(f.unsure)
        hits = self._client.api.rayTestBatch(
            f.start_m[wheels].tolist(),
            f.end_m[wheels].tolist(),
            numThreads=1,
            collisionFilterMask=GROUP_FREE | GROUP_STATIC | GROUP_YIELDING,
            physicsClientId=self._client.id,
        )
        met = []
        for wheel, (uid, _, _, point_m, normal) in zip(wheels.tolist(), hits, strict=True):
            start, ground_m = f.start_m[wheel].tolist(), f.point_m[wheel].tolist()
            below = f.hit[wheel] and math.dist(start, ground_m) <= math.dist(start, point_m)
            if uid >= 0 and not below:
                f.hit[wheel] = True
                f.point_m[wheel], f.normal[wheel] = point_m, normal
                met.append((wheel, uid))
        return met

    def _run_over(self, wheel: int, uid: int, motion: Motion, dt_s: float) -> None:
        """Push what a wheel stands on, and give the vehicle no more than that thing bears.

        What is weak is crushed under the wheel; the road bears the rest, and a light thing is neither shot out nor
        pressed into the road: it is pushed down with no more than its weight.
        """
        api, cid = self._client.api, self._client.id
        mass = api.getDynamicsInfo(uid, -1, physicsClientId=cid)[0]
        if mass <= 0.0:
            return
        n, w = divmod(wheel, 4)
        force = self.wheels.force_n[n, w]
        size = math.sqrt(float((force * force).sum()))
        most = self._strength_n.get(uid, math.inf)
        if size > most:
            less = (1.0 - most / size) * force
            self.force_n[n] -= less
            self.torque_nm[n] -= np.cross(self._feelers.point_m[wheel] - motion.position_m[self.rows[n]], less)
            force -= less
        share = mass * _KICK_MPS / dt_s / max(min(size, most), 1e-9)
        push = -min(1.0, share) * force
        # A tread drags along what it rubs on until it moves as the tread does, and no further.
        tread_mps = self._tread_mps(n, w, self._feelers.point_m[wheel], motion)
        behind_mps = tread_mps[:2] - np.array(api.getBaseVelocity(uid, physicsClientId=cid)[0][:2])
        along = math.sqrt(float((push[:2] * push[:2]).sum()))
        gain_n = mass / dt_s * max(float((behind_mps * push[:2]).sum()) / max(along, 1e-9), 0.0)
        push[:2] *= min(1.0, gain_n / max(along, 1e-9))
        push_n = push.tolist()
        if share < 1.0:
            push_n[2] = max(push_n[2], -mass * GRAVITY_MPS2)
        position = api.getBasePositionAndOrientation(uid, physicsClientId=cid)[0]
        api.applyExternalForce(uid, -1, push_n, position, api.WORLD_FRAME, physicsClientId=cid)

    def _tread_mps(self, n: int, w: int, point_m: Array, motion: Motion) -> Array:
        """(3,) velocity of the tread of a wheel where it touches: that of the ground if it rolls, of the hub locked."""
        row = self.rows[n]
        spin_mps = float(self.wheels.spin_radps[n, w]) * float(self.fleet.radius_m[n])
        turning_mps = np.cross(motion.angular_radps[row], point_m - motion.position_m[row])
        out: Array = motion.velocity_mps[row] + turning_mps - spin_mps * motion.rotation[row][:, 0]
        return out


def _gripped(surface: Surface) -> tuple[Friction, Held]:
    """The friction of a surface, for Python and for kernels."""
    friction = friction_table(surface)
    return friction, Held(friction)


def _seat(body: Body, towed: Model | None, orders: tuple[Orders, ...], site: Site) -> Seat | None:
    """The driver's seat of a vehicle, or None without orders to drive; what it `towed` reaches behind it."""
    spec, v = body.spec, body.model.vehicle
    told = next((o for o in orders if isinstance(o, DriverOrders)), None)
    if told is None or v is None:
        return None
    x, y, _ = spec.position_m
    if spec.lane:
        path = path_of_lane(site.lanes[spec.lane], against=told.against)
    else:
        path = straight_path(x, y, spec.yaw_rad + (math.pi if told.backwards else 0.0))
    rear_x = v.front_axle_x_m - v.wheelbase_m
    middle, half = body.model.box_center_m[0], 0.5 * body.model.size_m[0]
    ahead, behind = middle + half - rear_x, rear_x - middle + half
    if (
        towed is not None
        and towed.vehicle is not None
        and towed.vehicle.kingpin_m is not None
        and v.hitch_m is not None
    ):
        tail = towed.box_center_m[0] - 0.5 * towed.size_m[0]
        behind = rear_x - (v.hitch_m[0] - towed.vehicle.kingpin_m[0] + tail)
    if told.backwards:
        ahead, behind = behind, ahead
    lane = f"{spec.lane} against" if spec.lane and told.against else spec.lane
    cued = path_of_lane(site.lanes[told.cued_lane]) if told.cued_lane else None
    return Seat(told, path, lane, (x, y), v.wheelbase_m, ahead, behind, cued, told.cued_lane)


def _props(bodies: list[Body]) -> Props:
    """Spheres around everything that wheel rays meet besides the site: not other vehicles, nor people."""
    met = [b for b in bodies if b.role in ("fixed", "free", "robot")]
    rows = np.array([b.index for b in met], np.int64)
    return Props(rows, np.array([_reach(b) for b in met], np.float64), np.zeros((len(met), 3)), np.zeros(1))


def _reach(body: Body) -> float:
    """Radius of a sphere about the body's origin that holds its collision shapes."""
    T_body_model = inverse(body.T_model_body)
    farthest = 0.0
    for solid in body.solids:
        points = turn(T_body_model[:3, :3], solid.vertices_m) + T_body_model[:3, 3]
        farthest = max(farthest, float(np.sqrt((points * points).sum(axis=1)).max()) + solid.radius_m)
    return farthest + _MARGIN_M + (_ROBOT_LIMBS_M if body.robot is not None else 0.0)
