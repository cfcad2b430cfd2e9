"""People and animals: held on their walk along their heading until something strikes them."""

from __future__ import annotations

import math

from simgen.world.bodies import Body
from simgen.world.bullet import Client
from simgen.world.frames import compose, matrix_from_angles, pose, quat_from_matrix
from simgen.world.ground import Heights, height_at

_STRUCK_MPS = 0.5


class Walker:
    """Moves one collision proxy, and lets go of it when it is struck.

    The proxy has its real mass but is put back on its path before every step, so nothing slow can shove it
    aside; a body that hits it hard meets that mass and not an immovable post, and then it falls freely.

    Attributes:
        body: the proxy.
        speed_mps: along the heading.
        struck: True once something hit it.
    """

    def __init__(self, client: Client, body: Body, ground: Heights) -> None:
        self._client = client
        self._ground = ground
        self.body = body
        self.speed_mps = 0.0
        self.struck = False
        spec = body.spec
        self._x, self._y, z = spec.position_m
        self._above_m = max(z - height_at(ground, self._x, self._y), 0.0)
        self._turn_to(spec.yaw_rad)

    @property
    def velocity_mps(self) -> tuple[float, float, float]:
        """Velocity of the walk in the world frame."""
        return self.speed_mps * self._along[0], self.speed_mps * self._along[1], 0.0

    def face(self, yaw_rad: float) -> None:
        """Walk along another heading from now on."""
        if yaw_rad != self._yaw_rad:
            self._turn_to(yaw_rad)

    def hold(self) -> None:
        """Put the proxy onto its path with the velocity of the walk, before a step."""
        api, cid, uid = self._client.api, self._client.id, self.body.uid
        dx, dy, dz = self._shift_m
        z = height_at(self._ground, self._x, self._y) + self._above_m
        api.resetBasePositionAndOrientation(uid, (self._x + dx, self._y + dy, z + dz), self._quat_xyzw, cid)
        api.resetBaseVelocity(uid, self.velocity_mps, (0.0, 0.0, 0.0), cid)

    def advance(self, velocity_mps: tuple[float, float, float], dt_s: float) -> bool:
        """After a step: walk on, or True when the velocity the step left shows that something struck it."""
        wx, wy, _ = self.velocity_mps
        if math.hypot(velocity_mps[0] - wx, velocity_mps[1] - wy) > _STRUCK_MPS:
            self.struck = True
            return True
        self._x += wx * dt_s
        self._y += wy * dt_s
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
