"""What moves in a world, and one step of it: forces of water, wind and tyres, then Bullet, then the new motion."""

from __future__ import annotations

import math

import numpy as np

from simgen.conditions import Conditions, Surface
from simgen.models import Site
from simgen.rng import Stream
from simgen.scenario.scene import Scene
from simgen.world.behaviours import plan_acts, watched
from simgen.world.bodies import Body, Track, add_actor, ground_friction_share
from simgen.world.bullet import Client
from simgen.world.control import Action, ArmAction
from simgen.world.flood import Flood
from simgen.world.frames import Array, turn
from simgen.world.ground import add_site, heights_of
from simgen.world.impacts import Impacts
from simgen.world.robots import Arm, BaseState
from simgen.world.robots.tasks import Surroundings, script_of
from simgen.world.vehicle import Vehicles
from simgen.world.walker import Walker
from simgen.world.watch import Watch
from simgen.world.wind import Gale


class Mechanics:
    """The bodies of a scene and everything that acts on them.

    Attributes:
        client: the physics client that they are in.
        bodies: all of them, in the actors' order.
        vehicles, walkers, robots: those of them that move by themselves.
        orders: what their behaviours make them do, in the actors' order.
        walls: what stands on the site, by its id in the client.
        flood, gale, impacts: water, wind, and cars that strike things.
        track: how the bodies move now.
    """

    def __init__(self, client: Client, scene: Scene, site: Site, ego_index: int) -> None:
        """Place everything.

        Raises:
            UserError: a behaviour asks for what the site or the scene does not have.
        """
        conditions, heights = scene.conditions, heights_of(site.ground)
        self.client = client
        self.dt_s = 1.0 / scene.physics_hz
        self.walls = add_site(client, site)
        self.bodies = [
            add_actor(client, k, spec, site.ground, conditions, self.dt_s) for k, spec in enumerate(scene.actors)
        ]
        cars = [b for b in self.bodies if b.role == "vehicle"]
        others = [b for b in self.bodies if b.role != "vehicle"]
        self.orders = plan_acts(self.bodies, site)
        self.vehicles = Vehicles(client, cars, others, self.orders, site, conditions)
        self.robots = [b for b in self.bodies if b.role == "robot"]
        share = ground_friction_share(conditions.surface)
        walking = [b for b in self.bodies if b.role == "walker"]
        steps = Stream(scene.seed, scene.index, "world.steps")  # nobody walks in step with another
        self.walkers = [
            Walker(client, b, heights, share * b.model.friction, steps.uniform(b.spec.name)) for b in walking
        ]
        self.flood = Flood(client, self.bodies, conditions)
        self.impacts = Impacts(client, self.bodies)
        gusty = any(c.name == "wind.speed" for s in scene.timeline for c in s.changes)
        self.gale = Gale(client, self.bodies, cars, heights, conditions, later=gusty)
        followed = {ego_index} | watched(self.orders, self.bodies)
        self.track = Track(client, self.bodies, followed, wet=self.flood.wet or self.gale.blows)
        self._set_tasks(site)

    def _set_tasks(self, site: Site) -> None:
        """Give the arms what their behaviours make them do."""
        by_name = {b.spec.name: b for b in self.bodies}
        around = Surroundings(
            pose_of=lambda name: self.track.model_poses()[by_name[name].index],
            box_of=lambda name: (by_name[name].model.size_m, by_name[name].model.box_center_m),
            regions=site.regions,
            names=tuple(by_name),
        )
        for body in self.robots:
            if isinstance(body.robot, Arm) and (script := script_of(body.robot, body.spec, around)) is not None:
                body.robot.assign(script)

    def drive_robots(self, ego: Body, action: Action | ArmAction | None) -> None:
        """Let the robots decide; the ego, where it is one, does as it is told."""
        m = self.track.latest
        for body in self.robots:
            assert body.robot is not None
            k = body.index
            axes = turn(m.rotation[k], body.T_model_body[:3, :3]).T  # from the axes of inertia to those of the model
            base = BaseState(axes, m.position_m[k], m.velocity_mps[k], m.angular_radps[k])
            if action is not None and body is ego:
                body.robot.act(action, base, self.dt_s)
            else:
                body.robot.follow(base, self.dt_s)

    def advance(self, watch: Watch, time_s: float, *, flowing: bool) -> None:
        """Forces, one Bullet step, and the new motion.

        Args:
            watch: is told of walkers that are knocked down.
            time_s: at the start of the step.
            flowing: whether there are current and wind.
        """
        self.flood.measure(self.track, self.dt_s)
        self.flood.push(self.track)
        self.gale.push(self.track, time_s, self.dt_s, still=not flowing)
        air_mps = self.gale.at_vehicles(self.track, time_s) if flowing else None
        self.vehicles.push(self.track, self.flood.pool, self.dt_s, air_mps)
        for walker in self.walkers:
            if walker.ragdoll is not None:
                walker.ragdoll.read()
                if flowing and self.gale.blows:
                    walker.ragdoll.blow(self.gale.field, time_s, self.dt_s)
                self.flood.wade(walker.ragdoll, walker.body.index, self.dt_s)
        self.impacts.push(self.track, self.dt_s)
        held = [w for w in self.walkers if not w.struck]
        for walker in held:
            walker.hold()
        self.client.api.stepSimulation(self.client.id)
        self.track.read()
        for walker in held:
            self._walk_on(walker, watch)

    def _walk_on(self, walker: Walker, watch: Watch) -> None:
        """Move a walker on, or let go of it where something knocks it down."""
        vx, vy, vz = self.track.latest.velocity_mps[walker.body.index].tolist()
        push_n = self.gale.actor_force_n[walker.body.index]
        if walker.advance((vx, vy, vz), self.dt_s) or walker.brace(push_n, self.dt_s):
            watch.blow(walker.body, self.dt_s)
            old = walker.body.uid
            walker.let_go(self.track)
            if walker.ragdoll is not None:
                watch.rename(old, [link.uid for link in walker.ragdoll.links], walker.body)

    def launch(self) -> None:
        """Give everything that has a speed its speed, along its heading."""
        api, cid = self.client.api, self.client.id
        for body in self.bodies:
            speed = body.spec.speed_mps
            if speed == 0.0 or body.role in ("fixed", "robot"):
                continue
            forward = np.array([math.cos(body.spec.yaw_rad), math.sin(body.spec.yaw_rad), 0.0])
            linear, angular = forward * speed, np.zeros(3)
            if body.role == "vehicle":
                linear, angular = self.vehicles.launch(self.vehicles.bodies.index(body), speed, self.track.motion)
            api.resetBaseVelocity(body.uid, linear.tolist(), angular.tolist(), physicsClientId=cid)

    def take(self, before: Conditions, now: Conditions, time_s: float) -> None:
        """Take up other wind, another tornado and another surface."""
        if now.wind != before.wind or now.tornado != before.tornado:
            self.gale.take(now, time_s)
        if now.surface != before.surface:
            self.vehicles.take(now.surface)
            self._grip(now.surface)

    def _grip(self, surface: Surface) -> None:
        """Give everything but vehicles the friction of another surface."""
        share = ground_friction_share(surface)
        for body in self.bodies:
            if body.robot is not None:
                if body.robot.footing is not None:
                    body.robot.footing.take(surface)
            elif body.role not in ("vehicle", "ragdoll"):
                self.client.set_friction(body.uid, share * body.model.friction)
        for walker in self.walkers:
            walker.slip(share * walker.body.model.friction)

    def object_velocities(self, T_world_object: Array) -> tuple[Array, Array]:
        """Velocities of the centres of mass and angular velocities; a held walker has that of its walk."""
        m = self.track.motion
        velocity, angular = m.velocity_mps.copy(), m.angular_radps.copy()
        for walker in self.walkers:
            if not walker.struck:
                velocity[walker.body.index] = walker.velocity_mps
                angular[walker.body.index] = 0.0
        for body in self.robots:  # Bullet speaks of its base link
            T, com = T_world_object[body.index], np.asarray(body.model.center_of_mass_m)
            at = (T[:3, :3] * com).sum(axis=1) + T[:3, 3]
            velocity[body.index] += np.cross(angular[body.index], at - m.position_m[body.index])
        return velocity, angular
