"""Carries out the orders of a world's actors from tick to tick."""

from __future__ import annotations

import math

from simgen.models import LAMP_KINDS
from simgen.world.bodies import Body, Track
from simgen.world.bullet import Client
from simgen.world.cast import Stage
from simgen.world.cues import new_cues, watch_cues
from simgen.world.movers import move, new_movers
from simgen.world.orders import CueOrder, DriverOrders, HoldOrders, LampOrders, Orders, PushOrders, StepOrders
from simgen.world.script import direct, new_script
from simgen.world.vehicle import Vehicles
from simgen.world.walker import Walker

_STILL = StepOrders(0.0)


def watched(orders: list[tuple[Orders, ...]], bodies: list[Body]) -> set[int]:
    """Indices of the actors whose motion cues look at."""
    index = {b.spec.name: b.index for b in bodies}
    seen = {k for k, told in enumerate(orders) for o in told if o.cue is not None and o.cue.form != "time"}
    named = {o.cue.actor for told in orders for o in told if o.cue is not None}
    fled = {o.flee_from for told in orders for o in told if isinstance(o, StepOrders)}
    return seen | {index[name] for name in named | fled if name in index}


class Play:
    """The acts of a world, and how far they have got."""

    def __init__(
        self,
        client: Client,
        orders: list[tuple[Orders, ...]],
        bodies: list[Body],
        vehicles: Vehicles,
        walkers: list[Walker],
        stage: Stage,
    ) -> None:
        self._client = client
        self._vehicles = vehicles
        self._walkers = walkers
        self._stage = stage
        cues: list[tuple[int, CueOrder]] = []
        row: dict[int, int] = {}  # id of an order -> row of its cue
        for k, told in enumerate(orders):
            for order in told:
                if order.cue is not None:
                    row[id(order)] = len(cues)
                    cues.append((k, order.cue))
        vehicle_row = {b.index: n for n, b in enumerate(vehicles.bodies)}
        self._cues = new_cues(cues, bodies, vehicle_row)
        self._waiting = len(cues)
        drivers = [s.orders if s is not None else None for s in vehicles.seats]
        self._script = new_script(vehicles.seats, [row.get(id(o), -1) for o in drivers])
        self._directed = any(o is not None and (o.cue is not None or o.stop_s_m < math.inf) for o in drivers)
        steps = [next((o for o in orders[w.body.index] if isinstance(o, StepOrders)), _STILL) for w in walkers]
        self._movers = new_movers(
            steps,
            [w.body.index for w in walkers],
            [row.get(id(o), -1) for o in steps],
            [w.body.spec.yaw_rad for w in walkers],
            {b.spec.name: b.index for b in bodies},
        )
        self._moved = any(o.cue is not None for o in steps)
        self._sudden: list[tuple[int, Body, PushOrders | HoldOrders | LampOrders]] = []
        for body, acts in zip(bodies, orders, strict=True):
            for order in acts:
                if not isinstance(order, DriverOrders | StepOrders):
                    self._sudden.append((row[id(order)], body, order))
                if isinstance(order, HoldOrders):  # from now on, so that it does not fall while the rest settles
                    client.api.changeDynamics(body.uid, -1, mass=0.0, physicsClientId=client.id)

    def begin(self) -> None:
        """Give the walkers their first speeds."""
        for walker, speed in zip(self._walkers, self._movers.speed_mps.tolist(), strict=True):
            walker.speed_mps = speed

    def go_on(self, track: Track, time_s: float, dt_s: float) -> None:
        """Before a step: what the cues that have fired by now start or change."""
        if not self._waiting and not self._directed and not self._moved:
            return
        motion = track.latest
        if self._waiting:
            fired = watch_cues(self._cues, self._vehicles.drivers, motion, time_s)
            self._waiting -= fired
            if fired and self._sudden:
                self._start(time_s)
        if self._directed:
            direct(self._script, self._vehicles.drivers, self._cues.fired_s, motion, self._vehicles.rows, time_s)
        if self._moved:
            move(self._movers, self._cues.fired_s, motion, time_s, dt_s)
            speeds, yaws = self._movers.speed_mps.tolist(), self._movers.yaw_rad.tolist()
            for walker, speed, yaw in zip(self._walkers, speeds, yaws, strict=True):
                walker.speed_mps = speed
                walker.face(yaw)

    def _start(self, time_s: float) -> None:
        """What happens at once when its cue fires: things are pushed or let go, lamps switched."""
        waiting = []
        for c, body, order in self._sudden:
            if not self._cues.fired_s[c] <= time_s:
                waiting.append((c, body, order))
            elif isinstance(order, LampOrders):
                self._stage.switch(body.index, LAMP_KINDS.index(order.kind), lit=order.lit)
            elif isinstance(order, PushOrders):
                self._push(body, order)
            else:
                self._let_go(body)
        self._sudden = waiting

    def _push(self, body: Body, order: PushOrders) -> None:
        c, s = math.cos(body.spec.yaw_rad), math.sin(body.spec.yaw_rad)
        velocity = (order.speed_mps * c, order.speed_mps * s, 0.0)
        spin = (-order.spin_radps * s, order.spin_radps * c, 0.0)
        self._client.api.resetBaseVelocity(body.uid, velocity, spin, physicsClientId=self._client.id)

    def _let_go(self, body: Body) -> None:
        api = self._client.api
        api.changeDynamics(
            body.uid,
            -1,
            mass=body.mass_kg,
            localInertiaDiagonal=body.inertia_kgm2.tolist(),
            activationState=api.ACTIVATION_STATE_DISABLE_SLEEPING,
            physicsClientId=self._client.id,
        )
