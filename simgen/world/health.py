"""Is the simulation still physical? Every fault has a reason, a tick and a culprit, and stops its scene alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simgen.compiled import kernel
from simgen.errors import PhysicsError
from simgen.held import Held, taken
from simgen.models import Site
from simgen.world.bodies import Body, Track
from simgen.world.bullet import Client
from simgen.world.energy import audit, new_ledger, open_books
from simgen.world.frames import Array
from simgen.world.ground import APRON_M, Heights, Wall, height_at, heights_of
from simgen.world.measures import Boxes
from simgen.world.state import Motion

MAX_SPEED_MPS = 200.0
MAX_SINK_M = 5.0
MAX_OVERLAP_M = 0.05
"""Depth to which two actors may start inside each other."""
CHECK_TICKS = 12
"""Ticks between audits of loose things and of energy."""
_DRIVE_MPS2 = 12.0  # more than any drive or brake of the models
_LIMB_MPS, _LIMB_M = 4.0, 1.2  # a robot's limbs move and reach this much beyond its base
_RESTLESS_MPS = 0.5
PATIENCE_S = 2.0
"""How long, beyond the scene's settling time, things may take to come to rest."""
REST_TICKS = 24
"""For how long things must be at rest to count as settled."""
_NAN, _FAST, _OUT, _SUNK, _ENERGY = 1, 2, 3, 4, 5
REASONS = {
    _NAN: "not_finite",
    _FAST: "too_fast",
    _OUT: "out_of_world",
    _SUNK: "below_ground",
    _ENERGY: "energy",
}
_WORDS = {
    "not_finite": "its position or velocity is not a number",
    "too_fast": f"it is faster than {MAX_SPEED_MPS:.0f} m/s",
    "out_of_world": f"it is more than {APRON_M:.0f} m from the site",
    "below_ground": f"it is more than {MAX_SINK_M:.0f} m under the ground",
    "energy": "it gained more energy than gravity, drives, water, wind and whatever touched it can give",
}
_NEXT = {
    "not_finite": "Check forces and masses of the scene",
    "too_fast": "Check that it does not overlap another actor",
    "out_of_world": "Check that it starts on the site",
    "below_ground": "Check that it starts on the site and does not overlap another actor",
    "energy": "Check that it does not overlap another actor, and its mass",
}


class Health:
    """Refuses to go on with a state that is not physical."""

    def __init__(self, client: Client, site: Site, bodies: list[Body], boxes: Boxes, walls: dict[int, Wall]) -> None:
        count = len(bodies)
        self._client = client
        self._bodies = bodies
        self._ground = heights_of(site.ground)
        self._lowest_m = float(site.ground.z_m.min()) - MAX_SINK_M
        grid, (nx, ny) = site.ground, site.ground.z_m.shape
        self._bounds_m = np.array(
            [
                grid.x0_m - APRON_M, grid.x0_m + grid.dx_m * (nx - 1) + APRON_M,
                grid.y0_m - APRON_M, grid.y0_m + grid.dy_m * (ny - 1) + APRON_M,
            ]
        )  # fmt: skip
        self._movable = np.array([b.index for b in bodies if b.role != "fixed"], np.int64)
        self._all = np.arange(count, dtype=np.int64)
        self._mass_kg = np.array([max(b.mass_kg, 1e-3) for b in bodies], np.float64)
        robots = np.array([b.role == "robot" for b in bodies], np.bool_)
        self._limbs = np.column_stack([robots * _LIMB_MPS, boxes.reach_m + robots * _LIMB_M])
        # Walkers are put where their walk takes them: they gain what they like.
        drives = {"vehicle": _DRIVE_MPS2, "robot": _DRIVE_MPS2, "walker": math.inf}
        self._drive_mps2 = np.array([drives.get(b.role, 0.0) for b in bodies], np.float64)
        self._free = np.array([b.role == "free" for b in bodies], np.bool_)
        self._names = {b.uid: b.spec.name for b in bodies} | {uid: wall.name for uid, wall in walls.items()}
        self._ledger = new_ledger(count)
        self._pile = np.full(2, np.inf)  # energy of all loose things together, and what they may have
        self._given_n = np.zeros(count)
        self._looked: tuple[Motion, Held] | None = None

    def begin(self, track: Track) -> None:
        """Look at everything at t = 0; the books of energy open with the first step."""
        self.check_all(track, 0)

    def check(self, track: Track, tick: int, dt_s: float, forces_n: Sequence[Array]) -> None:
        """Look at what is read every tick; at everything, and its energy, in the first and every 12th after it.

        Args:
            track: the present motion.
            tick: the clock.
            dt_s: of a step.
            forces_n: (A or more, 3) each, what water and wind pushed every actor with in this tick; the largest push
                since the last audit counts.

        Raises:
            PhysicsError: see `REASONS`; with reason, tick and actors.
        """
        for force in forces_n:  # the rows behind the actors' are of robots' links: their drives allow for more
            on = force[: len(self._given_n)]
            np.maximum(self._given_n, np.sqrt((on * on).sum(axis=1)), out=self._given_n)
        if tick % CHECK_TICKS != 1:
            if self._looked is None or self._looked[0] is not track.latest:
                looked = _Looked(track.latest, track.pushed, self._lowest_m, self._bounds_m)
                self._looked = track.latest, Held(looked)
            code, row = _fault(self._looked[1])
            if code:
                self._refuse(REASONS[code], row, track, tick)
            return
        self.check_all(track, tick)
        if tick == 1:
            open_books(track.motion, self._mass_kg, self._free, self._ledger, self._pile)
            return
        row = audit(
            track.motion, self._limbs, self._movable, self._mass_kg, self._drive_mps2, self._free, self._given_n,
            dt_s * CHECK_TICKS, self._ledger, self._pile,
        )  # fmt: skip
        self._given_n[:] = 0.0
        if row >= 0:
            self._refuse("energy", row, track, tick)

    def check_all(self, track: Track, tick: int) -> None:
        """Look at the motion of everything now.

        Raises:
            PhysicsError: as `check`, without the energy.
        """
        motion = track.motion
        code, row = _unphysical(motion, self._all, self._lowest_m, self._bounds_m)
        if not code:
            code, row = _sunk(motion, self._movable, self._ground)
        if code:
            self._refuse(REASONS[code], row, track, tick)

    def check_overlaps(self) -> None:
        """Look for actors that start inside each other or a wall, by the contacts of the first step.

        Raises:
            PhysicsError: "interpenetration", with both and the depth.
        """
        worst: dict[tuple[int, int], float] = {}
        for c in self._client.api.getContactPoints(physicsClientId=self._client.id):
            if c[1] in self._names and c[2] in self._names and c[1] != c[2]:
                worst[c[1], c[2]] = min(worst.get((c[1], c[2]), 0.0), c[8])
        if not worst:
            return
        (a, b), depth = min(worst.items(), key=lambda item: (item[1], item[0]))
        if depth < -MAX_OVERLAP_M:
            first, second = sorted((self._names[a], self._names[b]))
            raise PhysicsError(
                f"{first!r} and {second!r} start {-depth:.2f} m inside each other; at most {MAX_OVERLAP_M:.2f} m is "
                "taken apart gently. Place one of them elsewhere",
                reason="interpenetration",
                tick=0,
                who=(first, second),
            )

    def restless(self, track: Track) -> list[str]:
        """Names of loose things that still move while they touch something, so not those in free fall."""
        out = []
        speed = np.sqrt((track.motion.velocity_mps**2).sum(axis=1))
        for body in self._bodies:
            if body.role == "free" and speed[body.index] > _RESTLESS_MPS:
                contacts = self._client.api.getContactPoints(bodyA=body.uid, physicsClientId=self._client.id)
                if contacts:
                    out.append(body.spec.name)
        return out

    def refuse_unsettled(self, names: list[str], settle_s: float) -> None:
        """Give up on a pile.

        Raises:
            PhysicsError: always; "unsettled".
        """
        raise PhysicsError(
            f"{', '.join(repr(n) for n in names)} still move at more than {_RESTLESS_MPS} m/s after settling for "
            f"{settle_s + PATIENCE_S:g} s; place them so that they can rest, or give `settle` more time",
            reason="unsettled",
            tick=0,
            who=tuple(names),
        )

    def _refuse(self, reason: str, row: int, track: Track, tick: int) -> None:
        m, body = track.motion, self._bodies[row]
        raise PhysicsError(
            f"actor {body.spec.name!r} ({body.spec.model}) left the physical at tick {tick}: {_WORDS[reason]}; "
            f"position_m {m.position_m[row].round(2).tolist()}, velocity_mps {m.velocity_mps[row].round(2).tolist()}. "
            f"{_NEXT[reason]}",
            reason=reason,
            tick=tick,
            who=(body.spec.name,),
        )


@kernel
def _unphysical(motion: Motion, rows: NDArray[np.int64], lowest_m: float, bounds_m: Array) -> tuple[int, int]:
    """What is wrong with the first of some bodies that has a fault, and its row; (0, -1): nothing."""
    for m in range(rows.shape[0]):
        x, v, w = motion.position_m[rows[m]], motion.velocity_mps[rows[m]], motion.angular_radps[rows[m]]
        if not math.isfinite(x[0] + x[1] + x[2] + v[0] + v[1] + v[2] + w[0] + w[1] + w[2]):
            return _NAN, int(rows[m])
        if v[0] * v[0] + v[1] * v[1] + v[2] * v[2] > MAX_SPEED_MPS * MAX_SPEED_MPS:
            return _FAST, int(rows[m])
        if x[2] < lowest_m:
            return _SUNK, int(rows[m])
        if not (bounds_m[0] <= x[0] <= bounds_m[1] and bounds_m[2] <= x[1] <= bounds_m[3]):
            return _OUT, int(rows[m])
    return 0, -1


class _Looked(NamedTuple):
    """What `_unphysical` takes at every tick."""

    motion: Motion
    rows: NDArray[np.int64]
    lowest_m: float
    bounds_m: Array


@kernel
def _fault(looked: Held) -> tuple[int, int]:
    """`_unphysical` of a `_Looked`."""
    k = taken(looked)
    code, row = _unphysical(k.motion, k.rows, k.lowest_m, k.bounds_m)
    return code, row


@kernel
def _sunk(motion: Motion, rows: NDArray[np.int64], ground: Heights) -> tuple[int, int]:
    """The same for bodies that are far under the ground."""
    for m in range(rows.shape[0]):
        x = motion.position_m[rows[m]]
        if x[2] < height_at(ground, x[0], x[1]) - MAX_SINK_M:
            return _SUNK, int(rows[m])
    return 0, -1
