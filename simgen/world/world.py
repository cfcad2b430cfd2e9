"""The live simulation of a scene."""

from __future__ import annotations

from types import TracebackType

from simgen.conditions import Conditions
from simgen.errors import PhysicsError, UserError
from simgen.models import Site, build_site
from simgen.scenario.scene import Scene
from simgen.snapshot import Cast, Poses, Puffs, Snapshot
from simgen.world.behaviours import Play
from simgen.world.bullet import Client
from simgen.world.cast import Stage
from simgen.world.control import Action, ArmAction
from simgen.world.course import Course, Live
from simgen.world.ego import Ego, ego_index
from simgen.world.events import Event
from simgen.world.fixed_clouds import fixed_clouds
from simgen.world.frames import Array
from simgen.world.measures import Measures
from simgen.world.mechanics import Mechanics
from simgen.world.plumes import Plumes, Riders, rollers_of
from simgen.world.probe import ArmState, arm_state, free_shares, link_places_m
from simgen.world.settling import settle
from simgen.world.watch import Watch

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
        last_action: the command to the ego in the last step, its driver's or the caller's; arms' own scripts give none.

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
        self.last_action: Action | ArmAction = Action(0.0, 0.0)
        self.ego_index = ego_index(scene)
        self._dt_s = 1.0 / scene.physics_hz
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
        mechanics, wet = self._mechanics, self._mechanics.flood.wet
        ego = mechanics.bodies[self.ego_index]
        if action is not None and ego.role not in ("vehicle", "robot"):
            raise UserError(f"the ego is a {ego.spec.model!r}, which takes no action; use a vehicle or a robot")
        driving = action if isinstance(action, Action) else None
        if action is not None and driving is None and ego.role == "vehicle":
            raise UserError(f"the ego is a {ego.spec.model!r}: give an Action, not an ArmAction")
        self._ego.begin_step()
        self._play.go_on(mechanics.track, self.time_s, self._dt_s)
        mechanics.vehicles.control(mechanics.track, mechanics.flood.pool, self._dt_s, self._ego.row, driving)
        mechanics.drive_robots(ego, action)
        self.last_action = action if action is not None else self._ego.own_action()
        mechanics.advance(self._watch, self.time_s, flowing=True)
        self.tick += 1
        pushes = (mechanics.flood.force_n,) * wet + (mechanics.gale.actor_force_n,) * mechanics.gale.blows
        self._watch.check(mechanics.track, self.tick, self._dt_s, pushes)
        self._watch.look(mechanics.track, mechanics.flood, mechanics.impacts, self.time_s, self._dt_s)
        self._go_on()
        self._drift()

    def conclude(self) -> None:
        """End the scene: encounters that are still going on become events, at their worst so far."""
        self._watch.conclude()

    def poses(self) -> Poses:
        """Where everything is now, as plain arrays, private copies: cheaper than a `snapshot` by limbs and lamps.

        Raises:
            PhysicsError: the state is no longer physical.
        """
        self._watch.check_all(self._mechanics.track, self.tick)
        T_world_object = self._mechanics.track.model_poses()
        self._mechanics.vehicles.balance.lean(self._mechanics.track.motion, T_world_object)
        velocity, angular = self._mechanics.object_velocities(T_world_object)
        return Poses(
            cast=self.cast,
            tick=self.tick,
            time_s=self.time_s,
            T_world_object=T_world_object,
            velocity_mps=velocity,
            angular_velocity_radps=angular,
            submerged_fraction=self._mechanics.flood.submerged.copy(),
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
            puffs=self._puffs(),
        )

    def ego_state(self) -> dict[str, float]:
        """What the ego does, as scalars in SI units; lane values are those of its centre of mass.

        Keys: x_m, y_m, z_m, yaw_rad, pitch_rad (nose up), roll_rad (left side up), speed_mps (forward),
        side_speed_mps (left), accel_mps2 (forward, over the last tick), yaw_rate_radps, steer_rad (middle of
        the front axle), lane_s_m, lateral_offset_m (left of its lane or first heading), heading_error_rad,
        submerged_fraction, slip_share (of its wheels, at the limit of grip), aquaplaning (share of its wheels),
        action_steer, action_accel, action_hand_brake (0 or 1); of arms action_move_x, _y, _z, action_turn_x, _y, _z and
        action_grip, NaN while they follow their own script.
        """
        return self._ego.state(self.last_action)

    def arm_state(self) -> ArmState:
        """The ego's tool and joints.

        Raises:
            UserError: the ego is no arm.
        """
        return arm_state(self._mechanics.bodies[self.ego_index])

    def link_places_m(self, name: str) -> Array:
        """(N, 3) origins of the links of a robot, world frame; (0, 3) for an actor that is none."""
        return link_places_m(self._client, next(b for b in self._mechanics.bodies if b.spec.name == name))

    def free_shares(self, start_m: Array, end_m: Array) -> Array:
        """(N,) share of each way from (N, 3) to (N, 3), world frame, that is free of anything that collides."""
        return free_shares(self._client, start_m, end_m)

    def _build(self) -> None:
        scene, client, site = self.scene, self._client, self._site
        mechanics = Mechanics(client, scene, site, self.ego_index)
        bodies, track = mechanics.bodies, mechanics.track
        self._mechanics = mechanics
        self._ego = Ego(scene, site, mechanics, self.ego_index)
        self._watch = Watch(
            client, site, bodies, mechanics.vehicles, mechanics.walls, bodies[self.ego_index], scene.physics_hz
        )
        self.measures = Measures(bodies, track, mechanics.flood)
        self._course = Course(scene, site, Live(scene, site, self.measures, track, self._watch.events))
        self._stage = Stage(site, bodies, mechanics.vehicles, mechanics.walkers, scene.conditions, scene.materials)
        self.cast: Cast = self._stage.cast
        names, turned = [a.name for a in scene.actors], {c.name for s in scene.timeline for c in s.changes}
        plumes = scene.conditions.plumes
        changing = [k for k in range(len(plumes)) if f"plumes[{k}].rate" in turned]
        self._plumes = Plumes(plumes, site, names, rollers_of(mechanics.vehicles), scene.seed, changing)
        self._play = Play(client, mechanics.orders, bodies, mechanics.vehicles, mechanics.walkers, self._stage)

    def _settle(self) -> None:
        mechanics = self._mechanics
        settle(mechanics, self._watch, self.scene)
        mechanics.flood.take(self._course.conditions.water, self._course.rise_mps)
        mechanics.flood.measure(mechanics.track, self._dt_s)
        self._watch.check_all(mechanics.track, 0)

    def _launch(self) -> None:
        """Give everything that has a speed its speed, and take up the conditions of the start."""
        self._mechanics.launch()
        self._play.begin()
        self._mechanics.track.read()
        self._ego.begin_step()
        self._watch.begin(self._mechanics.track)
        self._go_on()
        self._drift()

    def _puffs(self) -> Puffs:
        """What floats in the air now."""
        fixed = fixed_clouds(self.conditions, self._site.ground, self.time_s)
        return Puffs.joined([self._plumes.puffs(self._mechanics.gale.field, self.time_s), fixed])

    def _drift(self) -> None:
        """Carry on what floats in the air."""
        if self._plumes.due(self.time_s):
            mechanics, track = self._mechanics, self._mechanics.track
            riders = Riders(track.model_poses(), track.motion.velocity_mps)
            self._plumes.advance(mechanics.gale.field, self.time_s, riders, self.conditions.surface)

    def _go_on(self) -> None:
        """Take up the conditions of this tick, and what the timeline does at it."""
        course = self._course
        before = course.conditions
        self._watch.events += course.advance(self.time_s)
        now = course.conditions
        self._mechanics.flood.take(now.water, course.rise_mps)
        if now is before:
            return
        if now.light != before.light:
            self._stage.light(now)
        if now.plumes != before.plumes:
            self._plumes.take(now.plumes)
        self._mechanics.take(before, now, self.time_s)


def _check_lanes(scene: Scene, site: Site) -> None:
    for actor in scene.actors:
        if actor.lane and actor.lane not in site.lanes:
            raise UserError(
                f"actor {actor.name!r}: no lane {actor.lane!r} on site {scene.site.name!r}; "
                f"its lanes: {', '.join(sorted(site.lanes)) or 'none'}"
            )
