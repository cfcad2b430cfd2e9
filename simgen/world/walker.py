"""People and animals: held on their walk along their heading until something strikes them or a storm takes them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from simgen.models.bones import matrices
from simgen.models.posing import level
from simgen.models.stance import cycle_m, pose_of
from simgen.world.bodies import Body, Track, release_walker
from simgen.world.bullet import GRAVITY_MPS2, Client
from simgen.world.frames import Array, compose, matrix_from_angles, pose, quat_from_matrix
from simgen.world.ground import Heights, height_at
from simgen.world.ragdoll import Ragdoll

_STRUCK_MPS = 0.5
_UNHINDERED = 0.95  # share of the walk that a step must leave
_BRACED_SHARE = 0.45
"""Push of the air, as a share of the weight, beyond which nobody keeps standing.

Leaning into it by 24 degrees; 26 m/s for an adult and 21 m/s for a child of this catalogue. Gusts of 23 m/s are
where people begin to be blown over (Melbourne, Journal of Industrial Aerodynamics 3, 1978).
"""
_BALANCE_S = 0.5  # shorter gusts are over before one falls
_UPRIGHT = 1.0 - 1e-9


class Walker:
    """Moves one collision proxy, and lets go of it when it is struck.

    The proxy has its real mass but is put back on its path before every step, so nothing slow can shove it
    aside; a body that hits it hard meets that mass and not an immovable post, and then it falls freely.

    Attributes:
        body: the proxy.
        speed_mps: along the heading.
        struck: True once something hit it or the wind blew it over.
        phase: cycles of its gait; it grows with the way, so that planted feet lie still.
        ragdoll: what a struck body with limbs has become.
    """

    def __init__(self, client: Client, body: Body, ground: Heights, friction: float, phase: float) -> None:
        self._client = client
        self._ground = ground
        self._friction = friction
        self.body = body
        self.speed_mps = 0.0
        self.struck = False
        self.phase = phase
        self.ragdoll: Ragdoll | None = None
        self._leant_s = 0.0  # how long the wind has been too strong
        self._posed: tuple[tuple[object, ...], Array] = (), np.empty((0, 4, 4))
        self._paced_mps = 0.0
        self._cycles_per_m = 0.0
        spec = body.spec
        self._x, self._y, z = spec.position_m
        self._above_m = max(z - height_at(ground, self._x, self._y), 0.0)
        self._turn_to(spec.yaw_rad)

    @property
    def velocity_mps(self) -> tuple[float, float, float]:
        """Velocity of the walk in the world frame."""
        return self.speed_mps * self._along[0], self.speed_mps * self._along[1], 0.0

    def slip(self, friction: float) -> None:
        """Have another contact friction from now on, standing or fallen."""
        self._friction = friction
        for link in self.ragdoll.links if self.ragdoll is not None else ():
            self._client.set_friction(link.uid, friction)

    def face(self, yaw_rad: float) -> None:
        """Walk along another heading from now on."""
        if yaw_rad != self._yaw_rad:
            self._turn_to(yaw_rad)

    def hold(self) -> None:
        """Put the proxy onto its path with the velocity of the walk, before a step."""
        api, cid, uid = self._client.api, self._client.id, self.body.uid
        api.resetBasePositionAndOrientation(uid, self._place_m, self._quat_xyzw, cid)
        api.resetBaseVelocity(uid, self.velocity_mps, (0.0, 0.0, 0.0), cid)

    def brace(self, push_n: Array, dt_s: float) -> bool:
        """Stand up to the air's push, (3,), for another tick; True when it is too much."""
        across_n = math.hypot(float(push_n[0]), float(push_n[1]))
        strong = across_n > _BRACED_SHARE * self.body.mass_kg * GRAVITY_MPS2
        self._leant_s = self._leant_s + dt_s if strong else 0.0
        self.struck = self._leant_s > _BALANCE_S
        return self.struck

    def advance(self, velocity_mps: tuple[float, float, float], dt_s: float) -> bool:
        """After a step: walk on, or True when the velocity the step left shows that something struck it.

        Who walks against something that hardly gives way is slowed to what the step left of the walk.
        """
        wx, wy, _ = self.velocity_mps
        if math.hypot(velocity_mps[0] - wx, velocity_mps[1] - wy) > _STRUCK_MPS:
            self.struck = True
            return True
        if self.speed_mps != self._paced_mps:
            self._pace()
        if self.speed_mps != 0.0:
            left = (velocity_mps[0] * self._along[0] + velocity_mps[1] * self._along[1]) / self.speed_mps
            share = 1.0 if left > _UNHINDERED else max(left, 0.0)
            self._x += share * wx * dt_s
            self._y += share * wy * dt_s
            self.phase += share * self.speed_mps * self._cycles_per_m * dt_s
            self._stand()
        return False

    def _turn_to(self, yaw_rad: float) -> None:
        spec = self.body.spec
        T = compose(
            pose(matrix_from_angles(yaw_rad, spec.pitch_rad, spec.roll_rad), (0.0, 0.0, 0.0)), self.body.T_model_body
        )
        self._shift_m: tuple[float, float, float] = tuple(T[:3, 3].tolist())
        self._quat_xyzw = quat_from_matrix(T[:3, :3]).tolist()
        self._yaw_rad = yaw_rad
        self._along = (math.cos(yaw_rad), math.sin(yaw_rad))
        self._stand()

    def _stand(self) -> None:
        """Find the proxy's place over the ground where it is now."""
        dx, dy, dz = self._shift_m
        z = height_at(self._ground, self._x, self._y) + self._above_m
        self._place_m = (self._x + dx, self._y + dy, z + dz)

    def limb_poses(self, T_world_model: Array) -> Array:
        """(S, 4, 4) poses in the world of the segments of a model with limbs: feet on the ground, or fallen.

        Args:
            T_world_model: (4, 4) pose of the model frame.
        """
        if self.ragdoll is not None:
            return self.ragdoll.limb_poses()
        stance = self.speed_mps, self.phase, self._along, T_world_model.tobytes()
        if stance != self._posed[0]:  # who stands, stands still
            limbs = self.body.model.limbs
            assert limbs is not None
            frames = pose_of(limbs, self.speed_mps, self.phase, self._relief(T_world_model))
            self._posed = stance, compose(T_world_model, matrices([frames[s.name] for s in limbs.segments]))
        return self._posed[1]

    def let_go(self, track: Track) -> None:
        """Hand the struck body over to physics: as a ragdoll with the proxy's momentum, or whole if it has no limbs."""
        body, client, k = self.body, self._client, self.body.index
        if body.model.limbs is None:
            release_walker(client, body)
            return
        T_world_model = track.model_poses()[k]
        motion = track.latest
        loose = (motion.velocity_mps[k].copy(), motion.angular_radps[k].copy(), motion.position_m[k].copy())
        limbs = self.limb_poses(T_world_model)
        client.remove(body.uid)
        self.ragdoll = Ragdoll(client, body, T_world_model, limbs, *loose, self._friction)
        body.uid, body.T_model_body, body.role = self.ragdoll.uid, self.ragdoll.T_model_root, "ragdoll"
        track.rebind(body)

    def _pace(self) -> None:
        """Take up the stride of the present speed."""
        limbs = self.body.model.limbs
        self._paced_mps = self.speed_mps
        self._cycles_per_m = 1.0 / cycle_m(limbs, self.speed_mps) if limbs is not None else 0.0

    def _relief(self, T_world_model: Array) -> Callable[[float, float], float]:
        """Height of the ground about the model frame's origin; level for a body that is put above ground or tilted."""
        x, y, z = T_world_model[:3, 3].tolist()
        c, s = self._along
        if self._above_m > 0.0 or T_world_model[2, 2] < _UPRIGHT:
            return level

        def height_m(ahead: float, left: float) -> float:
            there: float = height_at(self._ground, x + c * ahead - s * left, y + s * ahead + c * left)
            return there - float(z)

        return height_m
