"""The live simulation of a scene."""

from __future__ import annotations

import math
from types import TracebackType

import numpy as np

from simgen.conditions import Conditions, Surface
from simgen.errors import PhysicsError, UserError
from simgen.models import Site, build_site
from simgen.scenario.scene import Scene
from simgen.snapshot import Cast, Poses, Snapshot
from simgen.world.behaviours import Play, plan_acts, watched
from simgen.world.bodies import Body, Track, add_actor, ground_friction_share
from simgen.world.bullet import Client
from simgen.world.cast import Stage
from simgen.world.control import Action, ArmAction
from simgen.world.course import Course, Live
from simgen.world.events import Event
from simgen.world.flood import Flood
from simgen.world.frames import Array, turn
from simgen.world.grip import friction_table
from simgen.world.ground import add_site, heights_of
from simgen.world.health import PATIENCE_S, REST_TICKS
from simgen.world.impacts import Impacts
from simgen.world.measures import Measures
from simgen.world.path import Path, locate, path_of_lane, straight_path
from simgen.world.robots import Arm, BaseState
from simgen.world.robots.tasks import Surroundings, script_of
from simgen.world.vehicle import Vehicles
from simgen.world.walker import Walker
from simgen.world.watch import Watch
from simgen.world.wind import Gale

_MIN_HZ = 200


class World:
    """A scene as a running PyBullet simulation; a context manager that gives its client back.

    Building places everything, lets it settle for `scene.settle_s` with vehicles parked and neither current nor
    wind, sets the clock to zero and launches what has a speed. The same scene gives the same trajectory bit for
    bit, whatever else the process has simulated.

    Attributes:
        scene: what is simulated.
        cast: everything that can be seen.
        tick: physics ticks since t = 0.
        ego_index: index of the actor named "ego".
        measures: distances, times to collision and the like between actors, by name.
        last_action: the command to the ego in the last step, its driver's or the caller's.

    What the scene's timeline changes at a tick is in the snapshot of that tick, and acts in the step after it.

    Raises:
        UserError: physics_hz is below 200, there is no actor "ego", or a lane is not on the site.
        PhysicsError: the simulation left the physical.
    """

    def __init__(self, scene: Scene) -> None:
        if scene.physics_hz < _MIN_HZ:
            raise UserError(f"physics_hz is {scene.physics_hz}; wheels and contacts need at least {_MIN_HZ}: use 240")
        self.scene = scene
        self.tick = 0
        self.last_action = Action(0.0, 0.0)
        self.ego_index = _ego_index(scene)
        self._dt_s = 1.0 / scene.physics_hz
        self._before = 0.0
        self._lane_hint = 0
        self._site = build_site(scene.site.name, scene.site.params)
        _check_lanes(scene, self._site)
        self._client = Client(scene.physics_hz)
        try:
            self._build()
            self._settle()
            self._launch()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> World:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def time_s(self) -> float:
        """Simulated time since t = 0."""
        return self.tick / self.scene.physics_hz

    @property
    def events(self) -> list[Event]:
        """What happened so far, in the order in which it was noted: an encounter only when it is over."""
        return self._watch.events

    @property
    def conditions(self) -> Conditions:
        """The conditions of now."""
        return self._course.conditions

    @property
    def ended(self) -> str:
        """Why the timeline has ended the scene; "" while it goes on. Nothing keeps a caller from going on."""
        return self._course.ended

    @property
    def site(self) -> Site:
        """The place."""
        return self._site

    def close(self) -> None:
        """Give the physics client back; a second call does nothing."""
        self._client.close()

    def step(self, action: Action | ArmAction | None = None) -> None:
        """Advance by one physics tick.

        Args:
            action: command to the ego: an `Action` for a vehicle or a mobile robot, an `ArmAction` for an arm; None
                lets its own driver decide.

        Raises:
            UserError: the ego cannot take an action.
            PhysicsError: the state is no longer physical, or the world is closed.
        """
        if self._client.id < 0:
            raise PhysicsError("this world is closed; build a new World of the scene")
        ego = self._bodies[self.ego_index]
        if action is not None and ego.role not in ("vehicle", "robot"):
            raise UserError(f"the ego is a {ego.spec.model!r}, which takes no action; use a vehicle or a robot")
        self._before = self._forward_speed()
        self._play.go_on(self._track, self.time_s, self._dt_s)
        driving = action if isinstance(action, Action) else None
        if action is not None and driving is None and ego.role == "vehicle":
            raise UserError(f"the ego is a {ego.spec.model!r}: give an Action, not an ArmAction")
        self._vehicles.control(self._track, self._flood.pool, self._dt_s, self._ego_row, driving)
        for body in self._robots:
            self._drive_robot(body, action if body is ego else None)
        self.last_action = driving if driving is not None else self._own_action()
        self._advance(flowing=True)
        self.tick += 1
        pushes = (self._flood.force_n,) * self._flood.wet + (self._gale.actor_force_n,) * self._gale.blows
        self._watch.check(self._track, self.tick, self._dt_s, pushes)
        self._watch.look(self._track, self._flood, self._impacts, self.time_s, self._dt_s)
        self._go_on()

    def conclude(self) -> None:
        """End the scene: encounters that are still going on become events, at their worst so far."""
        self._watch.conclude()

    def poses(self) -> Poses:
        """Where everything is now, as plain arrays, private copies: cheaper than a `snapshot` by limbs and lamps.

        Raises:
            PhysicsError: the state is no longer physical.
        """
        self._watch.check_all(self._track, self.tick)
        T_world_object = self._track.model_poses()
        velocity, angular = self._object_velocities(T_world_object)
        return Poses(
            cast=self.cast,
            tick=self.tick,
            time_s=self.time_s,
            T_world_object=T_world_object,
            velocity_mps=velocity,
            angular_velocity_radps=angular,
            submerged_fraction=self._flood.submerged.copy(),
            conditions=self._course.conditions,
        )

    def snapshot(self) -> Snapshot:
        """The present state as plain arrays, private copies.

        Raises:
            PhysicsError: the state is no longer physical.
        """
        poses = self.poses()
        part_lit, own_lit = self._stage.lit(self.time_s)
        return Snapshot(
            **vars(poses),
            T_world_part=self._stage.part_poses(self._client, poses.T_world_object),
            part_lit=part_lit,
            lamps=self._stage.lamps(own_lit, poses.T_world_object),
        )

    def ego_state(self) -> dict[str, float]:
        """What the ego does, as scalars in SI units; lane values are those of its centre of mass.

        Keys: x_m, y_m, z_m, yaw_rad, pitch_rad (nose up), roll_rad (left side up), speed_mps (forward),
        side_speed_mps (left), accel_mps2 (forward, over the last tick), yaw_rate_radps, steer_rad (middle of
        the front axle), lane_s_m, lateral_offset_m (left of its lane or first heading), heading_error_rad,
        submerged_fraction, slip_share (of its wheels, at the limit of grip), aquaplaning (share of its wheels),
        action_steer, action_accel, action_hand_brake (0 or 1).
        """
        m, k = self._track.latest, self.ego_index
        r = m.rotation[k].tolist()
        vx, vy, vz = m.velocity_mps[k].tolist()
        x, y, z = self._track.model_position_m(k)
        cx, cy, _ = m.position_m[k].tolist()
        speed = self._forward_speed()
        yaw = math.atan2(r[1][0], r[0][0])
        self._lane_hint, s, offset, heading = locate(self._ego_path, cx, cy, self._lane_hint)
        error = yaw - heading
        n = self._ego_row
        return {
            "x_m": x,
            "y_m": y,
            "z_m": z,
            "yaw_rad": yaw,
            "pitch_rad": math.asin(min(max(r[2][0], -1.0), 1.0)),
            "roll_rad": math.atan2(r[2][1], r[2][2]),
            "speed_mps": speed,
            "side_speed_mps": r[0][1] * vx + r[1][1] * vy + r[2][1] * vz,
            "accel_mps2": (speed - self._before) / self._dt_s,
            "yaw_rate_radps": float(m.angular_radps[k, 2]),
            "steer_rad": float(self._vehicles.wheels.rack_rad[n]) if n >= 0 else 0.0,
            "lane_s_m": s,
            "lateral_offset_m": offset,
            "heading_error_rad": math.atan2(math.sin(error), math.cos(error)),
            "submerged_fraction": float(self._flood.submerged[k]),
            "slip_share": float(self._vehicles.wheels.slip_share[n]) if n >= 0 else 0.0,
            "action_steer": self.last_action.steer,
            "action_accel": self.last_action.accel,
            "aquaplaning": float(self._vehicles.wheels.aquaplaning[n]) if n >= 0 else 0.0,
            "action_hand_brake": float(self.last_action.hand_brake),
        }

    def _build(self) -> None:
        scene, client = self.scene, self._client
        walls = add_site(client, self._site)
        self._bodies = [
            add_actor(client, k, spec, self._site.ground, scene.conditions, self._dt_s)
            for k, spec in enumerate(scene.actors)
        ]
        vehicles = [b for b in self._bodies if b.role == "vehicle"]
        others = [b for b in self._bodies if b.role != "vehicle"]
        orders = plan_acts(self._bodies, self._site)
        self._vehicles = Vehicles(client, vehicles, others, orders, self._site, scene.conditions)
        ego = self._bodies[self.ego_index]
        self._ego_row = vehicles.index(ego) if ego in vehicles else -1
        self._robots = [b for b in self._bodies if b.role == "robot"]
        share = ground_friction_share(scene.conditions.surface)
        self._walkers = [
            Walker(client, b, heights_of(self._site.ground), share * b.model.friction)
            for b in self._bodies
            if b.role == "walker"
        ]
        self._flood = Flood(client, self._bodies, scene.conditions)
        followed = {ego.index} | watched(orders, self._bodies)
        self._impacts = Impacts(client, self._bodies)
        gusty = any(c.name == "wind.speed" for s in scene.timeline for c in s.changes)
        heights = heights_of(self._site.ground)
        self._gale = Gale(client, self._bodies, vehicles, heights, scene.conditions, later=gusty)
        self._track = Track(client, self._bodies, followed, wet=self._flood.wet or self._gale.blows)
        self._set_tasks()
        self._watch = Watch(client, self._site, self._bodies, self._vehicles, walls, ego, scene.physics_hz)
        self.measures = Measures(self._bodies, self._track, self._flood)
        live = Live(scene, self._site, self.measures, self._track, self._watch.events)
        self._course = Course(scene, self._site, live)
        self._stage = Stage(self._site, self._bodies, self._vehicles, self._walkers, scene.conditions)
        self.cast: Cast = self._stage.cast
        self._play = Play(client, orders, self._bodies, self._vehicles, self._walkers, self._stage)
        self._ego_path = _path(scene, self._site, self.ego_index)
        self._lane_hint = int(np.argmin(np.hypot(*(self._ego_path.points_m - ego.spec.position_m[:2]).T)))

    def _set_tasks(self) -> None:
        """Give the arms what their behaviours make them do."""
        by_name = {b.spec.name: b for b in self._bodies}
        around = Surroundings(
            pose_of=lambda name: self._track.model_poses()[by_name[name].index],
            box_of=lambda name: (by_name[name].model.size_m, by_name[name].model.box_center_m),
            regions=self._site.regions,
            names=tuple(by_name),
        )
        for body in self._robots:
            if isinstance(body.robot, Arm) and (script := script_of(body.robot, body.spec, around)) is not None:
                body.robot.assign(script)

    def _settle(self) -> None:
        self._flood.float_up(self._track)
        self._vehicles.park()
        for body in self._robots:
            assert body.robot is not None
            body.robot.hold()
        ticks = round(self.scene.settle_s * self.scene.physics_hz)
        if not ticks:
            self._client.api.performCollisionDetection(physicsClientId=self._client.id)
            self._watch.health.check_overlaps()
        last = min(ticks, REST_TICKS)
        for tick in range(ticks - last):
            self._advance(flowing=False)
            if tick == 0:
                self._watch.health.check_overlaps()
        moving = self._moving_within(last, first=last == ticks)
        spare = 0 if self._flood.wet else round(PATIENCE_S * self.scene.physics_hz)
        while moving and spare > 0:
            moving = self._moving_within(REST_TICKS, first=False)
            spare -= REST_TICKS
        if moving and not self._flood.wet:
            self._watch.health.refuse_unsettled(moving, self.scene.settle_s)
        self._flood.take(self._course.conditions.water, self._course.rise_mps)
        self._flood.measure(self._track, self._dt_s)
        self._watch.check_all(self._track, 0)

    def _moving_within(self, ticks: int, *, first: bool) -> list[str]:
        """Settle for some more ticks; names of what has not been at rest all the while."""
        names: dict[str, None] = {}
        for tick in range(ticks):
            self._advance(flowing=False)
            if tick == 0 and first:
                self._watch.health.check_overlaps()
            if tick % 4 == 3 and not self._flood.wet:
                names.update(dict.fromkeys(self._watch.health.restless(self._track)))
        return list(names)

    def _launch(self) -> None:
        """Give everything that has a speed its speed, along its heading."""
        api, cid = self._client.api, self._client.id
        for body in self._bodies:
            speed = body.spec.speed_mps
            if speed == 0.0 or body.role in ("fixed", "robot"):
                continue
            forward = np.array([math.cos(body.spec.yaw_rad), math.sin(body.spec.yaw_rad), 0.0])
            if body.role == "vehicle":
                forward = self._track.motion.rotation[body.index][:, 0]
                self._vehicles.launch(self._vehicles.bodies.index(body), speed)
            api.resetBaseVelocity(body.uid, (forward * speed).tolist(), (0.0, 0.0, 0.0), physicsClientId=cid)
        self._play.begin()
        self._track.read()
        self._before = self._forward_speed()
        self._watch.begin(self._track)
        self._go_on()

    def _go_on(self) -> None:
        """Take up the conditions of this tick, and what the timeline does at it."""
        course = self._course
        before = course.conditions
        self._watch.events += course.advance(self.time_s)
        now = course.conditions
        self._flood.take(now.water, course.rise_mps)
        if now is before:
            return
        if now.light != before.light:
            self._stage.light(now)
        if now.wind != before.wind:
            self._gale.take(now, self.time_s)
        if now.surface != before.surface:
            self._vehicles.friction = friction_table(now.surface)
            self._grip(now.surface)

    def _grip(self, surface: Surface) -> None:
        """Give everything but vehicles the friction of another surface."""
        share = ground_friction_share(surface)
        for body in self._bodies:
            if body.robot is not None:
                if body.robot.footing is not None:
                    body.robot.footing.take(surface)
            elif body.role not in ("vehicle", "ragdoll"):
                self._client.set_friction(body.uid, share * body.model.friction)
        for walker in self._walkers:
            walker.slip(share * walker.body.model.friction)

    def _advance(self, *, flowing: bool) -> None:
        """Forces, one Bullet step, and the new motion."""
        self._flood.measure(self._track, self._dt_s)
        self._flood.push(self._track)
        self._gale.push(self._track, self.time_s, self._dt_s, still=not flowing)
        air_mps = self._gale.at_vehicles(self._track, self.time_s) if flowing else None
        self._vehicles.push(self._track, self._flood.pool, self._dt_s, air_mps)
        for walker in self._walkers:
            if walker.ragdoll is not None:
                walker.ragdoll.read()
                if flowing and self._gale.blows:
                    walker.ragdoll.blow(self._gale.field, self.time_s, self._dt_s)
                self._flood.wade(walker.ragdoll, walker.body.index, self._dt_s)
        self._impacts.push(self._track, self._dt_s)
        held = [w for w in self._walkers if not w.struck]
        for walker in held:
            walker.hold()
        self._client.api.stepSimulation(self._client.id)
        self._track.read()
        for walker in held:
            vx, vy, vz = self._track.latest.velocity_mps[walker.body.index].tolist()
            push_n = self._gale.actor_force_n[walker.body.index]
            if walker.advance((vx, vy, vz), self._dt_s) or walker.brace(push_n, self._dt_s):
                self._watch.blow(walker.body, self._dt_s)
                old = walker.body.uid
                walker.let_go(self._track)
                if walker.ragdoll is not None:
                    self._watch.rename(old, [link.uid for link in walker.ragdoll.links], walker.body)

    def _drive_robot(self, body: Body, action: Action | ArmAction | None) -> None:
        assert body.robot is not None
        m, k = self._track.latest, body.index
        axes = turn(m.rotation[k], body.T_model_body[:3, :3]).T  # from the axes of inertia to those of the model
        base = BaseState(axes, m.position_m[k], m.velocity_mps[k], m.angular_radps[k])
        if action is not None:
            body.robot.act(action, base, self._dt_s)
        else:
            body.robot.follow(base, self._dt_s)

    def _own_action(self) -> Action:
        return Action(*self._vehicles.command(self._ego_row)) if self._ego_row >= 0 else Action(0.0, 0.0)

    def _forward_speed(self) -> float:
        m, k = self._track.latest, self.ego_index
        (a, _, _), (b, _, _), (c, _, _) = m.rotation[k].tolist()
        vx, vy, vz = m.velocity_mps[k].tolist()
        return float(a * vx + b * vy + c * vz)

    def _object_velocities(self, T_world_object: Array) -> tuple[Array, Array]:
        """Velocities of the centres of mass and angular velocities; a held walker has that of its walk."""
        m = self._track.motion
        velocity, angular = m.velocity_mps.copy(), m.angular_radps.copy()
        for walker in self._walkers:
            if not walker.struck:
                velocity[walker.body.index] = walker.velocity_mps
                angular[walker.body.index] = 0.0
        for body in self._bodies:
            if body.role == "robot":  # Bullet speaks of its base link
                T, com = T_world_object[body.index], np.asarray(body.model.center_of_mass_m)
                at = (T[:3, :3] * com).sum(axis=1) + T[:3, 3]
                velocity[body.index] += np.cross(angular[body.index], at - m.position_m[body.index])
        return velocity, angular


def _ego_index(scene: Scene) -> int:
    for k, actor in enumerate(scene.actors):
        if actor.name == "ego":
            return k
    names = ", ".join(a.name for a in scene.actors) or "none"
    raise UserError(f"scene {scene.scenario_id!r} has no actor named 'ego'; its actors: {names}")


def _check_lanes(scene: Scene, site: Site) -> None:
    for actor in scene.actors:
        if actor.lane and actor.lane not in site.lanes:
            raise UserError(
                f"actor {actor.name!r}: no lane {actor.lane!r} on site {scene.site.name!r}; "
                f"its lanes: {', '.join(sorted(site.lanes)) or 'none'}"
            )


def _path(scene: Scene, site: Site, index: int) -> Path:
    actor = scene.actors[index]
    if actor.lane:
        return path_of_lane(site.lanes[actor.lane])
    return straight_path(actor.position_m[0], actor.position_m[1], actor.yaw_rad)
