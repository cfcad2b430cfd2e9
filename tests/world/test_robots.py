"""Robots: arms that reach and grasp, legs that walk, wheels that slip; poses against Bullet's own."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pybullet
import pytest
import world_fakes as fakes
from numpy.typing import NDArray
from pybullet_utils.bullet_client import BulletClient
from scipy.spatial.transform import Rotation

from simgen.conditions import Patch, Surface
from simgen.errors import UserError
from simgen.models import build_model
from simgen.models.robot_spec import ArmSpec, LegsSpec
from simgen.models.urdf import chain_to, mesh_file, origin_of, urdf_file
from simgen.scenario.scene import Act, CameraSpec, Scene
from simgen.sensors.camera import camera_pose
from simgen.world.control import Action, ArmAction
from simgen.world.robots import Arm, Quadruped
from simgen.world.robots.articulation import driven_joints
from simgen.world.robots.chain import LIMIT_MARGIN_RAD, approach, chain_of, tool_pose
from simgen.world.robots.legs import leg_geometry
from simgen.world.robots.tasks import at, down
from simgen.world.world import World

Array = NDArray[np.float64]
ARMS = ("robot.panda", "robot.iiwa")
arms = pytest.mark.parametrize("model", ARMS)


def arm_scene(model: str, *others: Any, acts: tuple[Act, ...] = ()) -> Scene:
    ego = fakes.actor("ego", model, behaviour=acts[0].name if acts else "parked", acts=acts)
    return fakes.scene(ego, *others, settle_s=0.2)


def arm_of(world: World) -> Arm:
    robot = world._mechanics.bodies[0].robot
    assert isinstance(robot, Arm)
    return robot


def carton(x: float, y: float, yaw: float, mass_kg: float = 0.2) -> Any:
    size = {"length_m": 0.06, "width_m": 0.05, "height_m": 0.10}
    return fakes.actor("carton", "fake.box", x, y, params={**size, "mass_kg": mass_kg}, yaw=yaw)


TRAY = fakes.actor(
    "tray", "fake.box", 0.45, -0.25, params={"length_m": 0.2, "width_m": 0.2, "height_m": 0.02, "mass_kg": 3.0}
)
PICK = (Act("pick_place", {"object": "carton", "to": "tray", "speed_mps": 0.4}),)


@arms
def test_an_arm_reaches_poses_within_5_mm_and_1_deg(model: str) -> None:
    with World(arm_scene(model)) as world:
        arm = arm_of(world)
        for point, heading, tilt in (
            ((0.5, 0.2, 0.3), 0.3, 0.0),
            ((0.45, -0.3, 0.5), -0.4, 0.3),
            ((0.6, 0, 0.15), 0, 0),
        ):
            turn = Rotation.from_euler("y", tilt).as_matrix() @ down(heading + math.atan2(*arm.home[1::-1, 1]))
            goal = at(point, turn)
            arm.assign(arm.move(goal, speed_mps=0.4))
            for _ in range(6 * 240):
                world.step()
            got = arm.tool_pose()
            assert np.linalg.norm(got[:3, 3] - goal[:3, 3]) < 0.005
            assert Rotation.from_matrix(got[:3, :3] @ goal[:3, :3].T).magnitude() < math.radians(1.0)


@arms
def test_forward_kinematics_are_those_of_bullet(model: str) -> None:
    with World(arm_scene(model)) as world:
        arm = arm_of(world)
        arm.assign(arm.move(at((0.4, 0.35, 0.4), arm.home[:3, :3]), speed_mps=0.5))
        for _ in range(200):
            world.step()
        spec = build_model(model).robot
        assert isinstance(spec, ArmSpec)
        chain = chain_of(chain_to(build_model(model).urdf, spec.tool), spec.joints, spec.home_rad)
        out = np.empty((4, 4))
        tool_pose(chain, arm.joints().position[: len(spec.joints)].copy(), out)
        np.testing.assert_allclose(arm.T_world_foot @ out, arm.tool_pose(), atol=1e-6)


@arms
def test_the_wrist_camera_goes_with_the_hand_and_has_the_finger_tips_in_view(model: str) -> None:
    """Against the tool's pose by Bullet: it stays 75 mm beside the camera's axis of the hand, 17 degrees into view."""
    ahead_m = {"robot.panda": 0.125, "robot.iiwa": 0.120}[model]
    tilt = math.radians(17.0)
    depth = 0.075 * math.sin(tilt) + ahead_m * math.cos(tilt)
    below = 0.075 * math.cos(tilt) - ahead_m * math.sin(tilt)
    spec = CameraSpec("wrist", 64, 48, math.radians(55.0), actor="ego", mount="wrist")
    seen = []
    with World(arm_scene(model)) as world:
        arm = arm_of(world)
        arm.assign(arm.move(at((0.4, 0.35, 0.4), arm.home[:3, :3]), speed_mps=0.5))
        for _ in range(3):
            T = camera_pose(world.snapshot(), world.cast, spec)
            tip = np.linalg.inv(T) @ arm.tool_pose()[:, 3]
            assert tip[:3] == pytest.approx([0.0, below, depth], abs=1e-4)
            seen.append(T[:3, 3])
            for _ in range(100):
                world.step()
    assert np.linalg.norm(seen[2] - seen[0]) > 0.2
    assert below / depth < math.tan(math.radians(27.5)) * 3 / 4  # inside the picture of the shipped rig


@arms
def test_joint_limits_and_rates_are_respected_by_commands_and_by_the_motors(model: str) -> None:
    with World(arm_scene(model)) as world:
        arm = arm_of(world)
        low, high, _, rate = np.array(driven_joints(build_model(model).urdf, arm.spec.joints)).T
        arm.assign(arm.move(at((-0.9, 1.2, 0.6), down(2.0)), speed_mps=1.0))  # out of reach
        before = arm._q.copy()
        for _ in range(4 * 240):
            world.step()
            now = arm.joints().position[:7]
            assert ((arm._q >= low + LIMIT_MARGIN_RAD) & (arm._q <= high - LIMIT_MARGIN_RAD)).all()
            assert (now >= low - 0.01).all()  # Bullet's own stops give a little under a whipping hand
            assert (now <= high + 0.01).all()
            assert (np.abs(arm._q - before) <= 0.8 * rate / 240 + 1e-12).all()
            before = arm._q.copy()
        wanted = [10.0, *arm.spec.home_rad[1:6], -10.0]
        for _ in range(5 * 240):
            arm.set_joints(wanted)
            world._mechanics.advance(world._watch, world.time_s, flowing=True)
        ends = arm.joints().position[[0, 6]]
        np.testing.assert_allclose(ends, [high[0] - LIMIT_MARGIN_RAD, low[6] + LIMIT_MARGIN_RAD], atol=0.01)


def test_inverse_kinematics_converge_on_random_poses_of_the_arm() -> None:
    model = build_model("robot.panda")
    spec = model.robot
    assert isinstance(spec, ArmSpec)
    chain = chain_of(chain_to(model.urdf, spec.tool), spec.joints, spec.home_rad)
    draw = np.random.default_rng(4)
    goal, got = np.empty((4, 4)), np.empty((4, 4))
    for _ in range(40):
        q = np.array(spec.home_rad) + draw.uniform(-0.4, 0.4, 7)
        tool_pose(chain, q, goal)
        found = np.array(spec.home_rad, np.float64)
        approach(chain, found, goal, np.full(7, math.inf), 1.0, 200)
        tool_pose(chain, found, got)
        np.testing.assert_allclose(got, goal, atol=2e-3)


@arms
def test_a_box_of_200_g_is_grasped_lifted_and_placed_the_same_every_time(model: str) -> None:
    paths = []
    for _ in range(2):
        with World(arm_scene(model, carton(0.5, 0.15, 0.4), TRAY, acts=PICK)) as world:
            highest, path = 0.0, []
            for k in range(12 * 240):
                world.step()
                if k % 24 == 0:
                    path.append(world._mechanics.track.model_poses()[1])
                    highest = max(highest, float(path[-1][2, 3]))
            paths.append(np.array(path))
    end = paths[0][-1]
    assert highest > 0.1
    np.testing.assert_allclose(end[:2, 3], [0.45, -0.25], atol=0.01)
    assert end[2, 3] == pytest.approx(0.02, abs=0.003)
    assert end[2, 2] > 0.999
    np.testing.assert_array_equal(paths[0], paths[1])


def test_a_box_too_slippery_to_hold_is_given_up() -> None:
    slick = fakes.actor(
        "carton",
        "fake.box",
        0.5,
        0.1,
        params={"length_m": 0.06, "width_m": 0.05, "height_m": 0.1, "mass_kg": 2.0, "friction": 0.05},
    )
    with World(arm_scene("robot.panda", slick, TRAY, acts=PICK)) as world:
        for _ in range(9 * 240):
            world.step()
        np.testing.assert_allclose(world._mechanics.track.model_poses()[1][:2, 3], [0.5, 0.1], atol=0.03)
        np.testing.assert_allclose(arm_of(world).tool_pose(), arm_of(world).home, atol=0.01)


def test_an_arm_action_moves_the_tool_at_its_share_of_the_top_speed_and_grips() -> None:
    with World(arm_scene("robot.panda")) as world:
        start = arm_of(world).tool_pose()
        for _ in range(240):
            world.step(ArmAction(move=(0.2, 0.0, -0.4), grip=1.0))
        moved = arm_of(world).tool_pose()
        np.testing.assert_allclose(moved[:3, 3] - start[:3, 3], [0.1, 0.0, -0.2], atol=5e-3)
        np.testing.assert_allclose(moved[:3, :3], start[:3, :3], atol=5e-3)
        np.testing.assert_allclose(arm_of(world).joints().position[-2:], 0.0, atol=1e-3)
        with pytest.raises(UserError, match="no wheels"):
            world.step(Action(0.0, 0.0))
    with World(fakes.scene(fakes.actor("ego", "fake.husky"))) as world, pytest.raises(UserError, match="no arm"):
        world.step(ArmAction())
    with pytest.raises(UserError, match="out of range"):
        ArmAction(move=(1.5, 0.0, 0.0))


def test_a_task_that_names_nobody_is_refused() -> None:
    acts = (Act("pick_place", {"object": "carton", "to": "nowhere", "speed_mps": 0.3}),)
    with pytest.raises(UserError, match=r"'ego': pick_place has to 'nowhere'.*known: .*carton"):
        World(arm_scene("robot.panda", carton(0.5, 0.1, 0.0), acts=acts))


def test_a_sweep_goes_from_side_to_side() -> None:
    p: dict[str, float | str | bool] = {
        "x_m": 0.5, "y_m": 0.0, "z_m": 0.3, "width_m": 0.4, "rows": 1.0, "step_m": 0.0, "speed_mps": 0.5,
    }  # fmt: skip
    with World(arm_scene("robot.iiwa", acts=(Act("sweep", p),))) as world:
        y = []
        for _ in range(6 * 240):
            world.step()
            y.append(float(arm_of(world).tool_pose()[1, 3]))
    assert max(y) == pytest.approx(0.2, abs=0.005)
    assert min(y) == pytest.approx(-0.2, abs=0.005)


@pytest.mark.parametrize("model", [*ARMS, "robot.a1", "robot.husky"])
def test_links_are_seen_where_bullet_draws_them(model: str, tmp_path: Path) -> None:
    """Against a client of its own that loads the visuals: getVisualShapeData in the links' frames."""
    acts = (Act("reach", {"x_m": 0.5, "y_m": 0.2, "z_m": 0.3, "speed_mps": 0.5}),)
    walking = {"speed_mps": 0.4, "behaviour": "keep_speed"}
    ego = fakes.actor("ego", model, **({"behaviour": "reach", "acts": acts} if model in ARMS else walking))
    with World(fakes.scene(ego, settle_s=0.1)) as world:
        for _ in range(120):
            world.step()
        snap = world.snapshot()
        body = world._mechanics.bodies[0].robot.body  # type: ignore[union-attr]
        joints = {n: world._client.api.getJointState(body.uid, j, world._client.id)[0] for n, j in body.joints.items()}
        base = world._client.api.getBasePositionAndOrientation(body.uid, world._client.id)
    file = urdf_file(build_model(model).urdf)
    root = ET.parse(file).getroot()
    for mesh in root.iter("mesh"):
        if file.parts[-2] == "robots":
            mesh.set("filename", str(mesh_file(mesh.attrib["filename"], file)))
    client = BulletClient(pybullet.DIRECT)
    copy = file
    if file.parts[-2] == "robots":
        copy = tmp_path / "copy.urdf"
        ET.ElementTree(root).write(copy)
    uid = client.loadURDF(str(copy), flags=pybullet.URDF_USE_INERTIA_FROM_FILE)
    for name, j in body.joints.items():
        client.resetJointState(uid, j, joints[name])
    client.resetBasePositionAndOrientation(uid, *base)
    root_link = client.multiplyTransforms(*base, *client.invertTransform(*client.getDynamicsInfo(uid, -1)[3:5]))
    parts = [p.name for p in build_model(model).parts]
    first = {name: next(e for e in root.findall("link") if e.attrib["name"] == name) for name in parts}
    checked = 0
    for shape in client.getVisualShapeData(uid):
        names = [n for n, j in body.links.items() if j == shape[1]]
        if names[0] not in parts:
            continue
        # The quick-start guide: "position of local visual frame, relative to link/joint frame".
        there = client.getLinkState(uid, shape[1], computeForwardKinematics=1)[4:6] if shape[1] >= 0 else root_link
        local = (shape[5], shape[6])
        drawn = matrix(*client.multiplyTransforms(*there, *local))
        origins = [origin_of(v) for v in first[names[0]].findall("visual")]
        ours = [snap.T_world_part[2 + parts.index(names[0])] @ o for o in origins]
        assert min(np.abs(drawn - T).max() for T in ours) < 1e-6, names[0]
        checked += 1
    client.disconnect()
    assert checked >= len(parts)


def matrix(position: Any, quat: Any) -> Array:
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = Rotation.from_quat(quat).as_matrix(), position
    return out


def walk(
    seconds: float, surface: Surface | None = None, model: str = "robot.a1", **more: Any
) -> list[dict[str, float]]:
    ego = fakes.actor("ego", model, **{"speed_mps": 0.5, "behaviour": "keep_speed", **more})
    with World(fakes.scene(ego, surface=surface or Surface(), settle_s=0.3)) as world:
        states = []
        for k in range(round(seconds * 240)):
            world.step()
            if k % 24 == 0:
                states.append(world.ego_state())
    return states


def test_a_quadruped_walks_2_m_on_a_dry_floor_without_falling() -> None:
    states = walk(5.5)
    assert states[-1]["x_m"] > 2.0
    assert abs(states[-1]["y_m"]) < 0.2
    assert max(max(abs(s["roll_rad"]), abs(s["pitch_rad"])) for s in states) < 0.2
    assert all(abs(s["z_m"]) < 0.04 for s in states)  # of the model frame, on the ground
    speed = (states[-1]["x_m"] - states[-31]["x_m"]) / 3.0
    assert 0.3 <= speed <= 0.6


def test_a_quadruped_stands_and_turns() -> None:
    still = walk(2.0, speed_mps=0.0, behaviour="parked")
    assert math.hypot(still[-1]["x_m"], still[-1]["y_m"]) < 0.02
    assert abs(still[-1]["z_m"]) < 0.02
    with World(fakes.scene(fakes.actor("ego", "robot.a1"), settle_s=0.3)) as world:
        for _ in range(4 * 240):
            world.step(Action(0.5, 0.0))
        turned = world.ego_state()
        for _ in range(2 * 240):
            world.step(Action(0.0, 0.0))
        stopped = world.ego_state()
    assert 0.7 < turned["yaw_rad"] < 2.2  # 0.4 rad/s are asked for, and feet slip a little
    assert abs(turned["roll_rad"]) < 0.2
    assert abs(stopped["yaw_rate_radps"]) < 0.1
    assert abs(stopped["yaw_rad"] - turned["yaw_rad"]) < 0.3


def test_leg_angles_put_the_foot_where_it_should_be() -> None:
    model = build_model("robot.a1")
    assert isinstance(model.robot, LegsSpec)
    for leg in model.robot.legs:
        g = leg_geometry(model.urdf, leg)
        for x, y, z in ((0.0, g.side_m, -0.27), (0.08, g.side_m + 0.05, -0.22), (-0.1, g.side_m - 0.06, -0.30)):
            hip, thigh, shank = g.angles(x, y, z)
            turn = Rotation.from_euler("x", hip)
            knee = Rotation.from_euler("y", thigh).apply([0.0, 0.0, -g.thigh_m])
            foot = knee + Rotation.from_euler("y", thigh + shank).apply([0.0, 0.0, -g.shank_m])
            np.testing.assert_allclose(turn.apply(foot + np.array([0.0, g.side_m, 0.0])), [x, y, z], atol=1e-9)


def test_wheels_and_feet_slip_on_ice() -> None:
    """Against the friction limit: a body cannot gain more than mu g."""
    gone: dict[tuple[str, str], float] = {}
    for model in ("fake.husky", "robot.a1"):
        for kind in ("paved", "ice"):
            gone[model, kind] = walk(2.0, Surface(kind=kind), model, speed_mps=1.0 if model == "fake.husky" else 0.6)[
                -1
            ]["x_m"]
        assert gone[model, "ice"] < gone[model, "paved"] - 0.03
    assert gone["fake.husky", "ice"] < 0.9 * gone["fake.husky", "paved"]


@pytest.mark.parametrize("model", ["fake.husky", "robot.a1"])
def test_each_foot_and_wheel_has_the_friction_of_the_patch_under_it(model: str) -> None:
    """Ice to the left of y = 0, up to x = 0.6 m: the left links slip until the robot is past it."""
    ice = Surface(patches=(Patch("ice", 0.0, -5.0, 0.6, 0.0, 5.0),))
    robot = fakes.actor("ego", model, speed_mps=0.6, behaviour="keep_speed")
    with World(fakes.scene(robot, surface=ice, settle_s=0.3)) as world:

        def grips() -> tuple[set[float], set[float]]:
            body = world._mechanics.bodies[0].robot.body
            api, cid = world._client.api, world._client.id
            sides: tuple[set[float], set[float]] = set(), set()
            for name, j in body.links.items():
                if name.endswith(("toe", "_wheel_link")):
                    y = api.getLinkState(body.uid, j, physicsClientId=cid)[0][1]
                    sides[0 if y > 0.0 else 1].add(round(api.getDynamicsInfo(body.uid, j, physicsClientId=cid)[1], 3))
            return sides

        world.step()
        assert grips() == ({0.08}, {0.85})
        while world.ego_state()["x_m"] < 1.3:
            world.step()
            assert world.time_s < 8.0
        assert grips() == ({0.85}, {0.85})


def test_the_encoders_of_a_quadruped_have_all_joints() -> None:
    with World(fakes.scene(fakes.actor("ego", "robot.a1"), settle_s=0.2)) as world:
        robot = world._mechanics.bodies[0].robot
        assert isinstance(robot, Quadruped)
        state = robot.joints()
    assert len(state.names) == len(set(state.names)) == 12
    assert state.position.shape == state.rate.shape == state.effort.shape == (12,)
    assert np.abs(state.effort).sum() > 1.0  # they carry it
    thighs = [p for n, p in zip(state.names, state.position, strict=True) if "upper" in n]
    np.testing.assert_allclose(thighs, thighs[0], atol=0.05)
