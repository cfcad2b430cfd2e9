"""A URDF robot in Bullet: loaded without pictures, without hidden damping, its frames and joints by name."""

from __future__ import annotations

import contextlib
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from simgen.models import Model
from simgen.models.urdf import mesh_file, read_joints, urdf_file
from simgen.world.bullet import POINT_M, Client, quiet
from simgen.world.frames import Array, compose, matrix_from_quat, pose, quat_from_matrix

_MARKER_MASS_KG = 0.01  # URDF links without inertia (frames, plates) get 1 kg and 1 kg m2 from Bullet's loader
_PLAIN_FRICTION = 0.5


class BaseState(NamedTuple):
    """Motion of a robot's base link.

    Attributes:
        rotation: (3, 3) of its body frame in the world.
        position_m, velocity_mps, angular_radps: (3,) each, world frame.
    """

    rotation: Array
    position_m: Array
    velocity_mps: Array
    angular_radps: Array


@dataclass(frozen=True, eq=False)
class JointState:
    """The driven joints of a robot at one tick, as its encoders know them.

    Attributes:
        names: of the joints.
        position: (J,) float64, rad or m.
        rate: (J,) float64, rad/s or m/s.
        effort: (J,) float64 of its motors in the last tick, N m or N.
    """

    names: tuple[str, ...]
    position: Array
    rate: Array
    effort: Array


class Articulation:
    """A robot's links and joints.

    Attributes:
        uid: Bullet's id.
        links: link name -> Bullet's index, -1 for the root.
        joints: joint name -> Bullet's index.
        T_model_base: (4, 4) of the root link's frame of inertia, which is what Bullet reports, in the model frame.
        mass_kg: total; inertia_kgm2: (3,) of the box around the model, for the water.
    """

    def __init__(
        self, client: Client, model: Model, T_world_model: Array, *, fixed: bool, start: dict[str, float] | None = None
    ) -> None:
        """Load and place a robot.

        Args:
            client: the simulation.
            model: has the description.
            T_world_model: (4, 4) where it starts.
            fixed: bolted to the world.
            start: joint positions at the start by name; others at zero.
        """
        self._client = client
        api, cid = client.api, client.id
        with _loadable(model.urdf) as path, quiet():
            self.uid: int = api.loadURDF(
                str(path),
                useFixedBase=fixed,
                flags=api.URDF_IGNORE_VISUAL_SHAPES
                # The files of arms give every link, fingers too, 0.1 kg m2: theirs are worked out from the shapes.
                | (0 if fixed else api.URDF_USE_INERTIA_FROM_FILE)
                | api.URDF_USE_IMPLICIT_CYLINDER,  # else wheels are faceted hulls and the robot shakes
                physicsClientId=cid,
            )
        base = api.getBodyInfo(self.uid, physicsClientId=cid)[0].decode()
        infos = [
            api.getJointInfo(self.uid, j, physicsClientId=cid)
            for j in range(api.getNumJoints(self.uid, physicsClientId=cid))
        ]
        self.links = {base: -1} | {info[12].decode(): j for j, info in enumerate(infos)}
        self.joints = {info[1].decode(): j for j, info in enumerate(infos)}
        rest = {p.name: pose(matrix_from_quat(p.quat_xyzw), p.position_m) for p in model.parts}
        inertial = api.getDynamicsInfo(self.uid, -1, physicsClientId=cid)
        T_link_inertial = pose(matrix_from_quat(inertial[4]), inertial[3])
        self.T_model_base = compose(rest.get(base, np.eye(4)), T_link_inertial)
        self._undamp(_links_without_inertia(model.urdf))
        self.mass_kg = sum(api.getDynamicsInfo(self.uid, j, physicsClientId=cid)[0] for j in self.links.values())
        a, b, c = model.size_m
        self.inertia_kgm2 = self.mass_kg / 12.0 * np.array([b * b + c * c, a * a + c * c, a * a + b * b])
        for name, position in (start or {}).items():
            api.resetJointState(self.uid, self.joints[name], position, 0.0, physicsClientId=cid)
        T_world_base = compose(T_world_model, self.T_model_base)
        api.resetBasePositionAndOrientation(
            self.uid,
            T_world_base[:3, 3].tolist(),
            quat_from_matrix(T_world_base[:3, :3]).tolist(),
            physicsClientId=cid,
        )

    def set_friction(self, links: Sequence[str], friction: float, *, spinning_m: float = 0.0) -> None:
        """Contact friction of some links; Bullet multiplies it with the other body's."""
        for name in links:
            self._client.api.changeDynamics(
                self.uid,
                self.links[name],
                lateralFriction=friction,
                spinningFriction=spinning_m,
                physicsClientId=self._client.id,
            )

    def places_m(self, links: Sequence[str]) -> list[tuple[float, float]]:
        """Where some links' centres of mass are: x and y, world frame."""
        seen = self._client.api.getLinkStates(
            self.uid, [self.links[n] for n in links], computeForwardKinematics=1, physicsClientId=self._client.id
        )
        return [(s[0][0], s[0][1]) for s in seen]

    def link_pose(self, name: str) -> Array:
        """(4, 4) of a child link's frame in the world."""
        seen = self._client.api.getLinkState(
            self.uid, self.links[name], computeForwardKinematics=1, physicsClientId=self._client.id
        )
        return pose(matrix_from_quat(seen[5]), seen[4])

    def state(self, names: Sequence[str]) -> JointState:
        """Position, rate and motor effort of some joints."""
        seen = self._client.api.getJointStates(
            self.uid, [self.joints[n] for n in names], physicsClientId=self._client.id
        )
        return JointState(
            tuple(names),
            np.array([s[0] for s in seen]),
            np.array([s[1] for s in seen]),
            np.array([s[3] for s in seen]),
        )

    def positions(self, names: Sequence[str]) -> list[float]:
        """Positions of some joints."""
        seen = self._client.api.getJointStates(
            self.uid, [self.joints[n] for n in names], physicsClientId=self._client.id
        )
        return [s[0] for s in seen]

    def _undamp(self, markers: set[str]) -> None:
        """Take Bullet's default damping away and give marker links next to no mass."""
        for name, j in self.links.items():
            extra = {"mass": _MARKER_MASS_KG, "localInertiaDiagonal": [1e-4] * 3} if name in markers else {}
            self._client.api.changeDynamics(
                self.uid,
                j,
                linearDamping=0.0,
                angularDamping=0.0,
                jointDamping=0.0,
                restitution=0.0,
                lateralFriction=_PLAIN_FRICTION,
                physicsClientId=self._client.id,
                **extra,
            )


@contextlib.contextmanager
def _loadable(path: str) -> Iterator[Path]:
    """A description that Bullet loads as we mean it, as a file for a while."""
    with tempfile.TemporaryDirectory(prefix="simgen-urdf-") as folder:
        copy = Path(folder) / Path(path).name
        copy.write_text(_loadable_text(path), encoding="utf-8")
        yield copy


@lru_cache(maxsize=16)
def _loadable_text(path: str) -> str:
    """The description with whole paths of meshes, and with balls that feel how thick the ground is (see `POINT_M`)."""
    file = urdf_file(path)
    root = ET.fromstring(file.read_text(encoding="utf-8"))
    for element in root.iter("mesh"):
        element.set("filename", str(mesh_file(element.attrib["filename"], file)))
    for ball in root.iterfind(".//collision/geometry/sphere"):
        ball.tag = "capsule"
        ball.set("length", f"{POINT_M:.0e}")
    return ET.tostring(root, encoding="unicode")


def _links_without_inertia(path: str) -> set[str]:
    """Links whose mass is Bullet's own guess; those that lead the chain of a fixed robot included."""
    root = ET.parse(urdf_file(path)).getroot()
    return {link.attrib["name"] for link in root.iter("link") if link.find("inertial") is None}


def driven_joints(path: str, names: Sequence[str]) -> list[tuple[float, float, float, float]]:
    """Low and high limit, most effort and rate of some joints of a description."""
    known = {j.name: j for j in read_joints(path)}
    return [(known[n].low, known[n].high, known[n].max_effort, known[n].max_rate) for n in names]
