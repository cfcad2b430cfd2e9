"""The live simulation of a scene: bodies, vehicles and tyres, robots, walkers, water, contacts, events."""

from simgen.world.control import Action, ArmAction
from simgen.world.events import Event
from simgen.world.world import World

__all__ = ["Action", "ArmAction", "Event", "World"]
