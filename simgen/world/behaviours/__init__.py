"""What drivers, people, animals and things do; declared in `simgen.scenario.behaviours`, one module a family here."""

from simgen.world.behaviours.lamps import switch_lamp
from simgen.world.behaviours.movers import walk
from simgen.world.behaviours.plan import plan_acts
from simgen.world.behaviours.play import Play, watched
from simgen.world.behaviours.registry import DIRECTORS, Role, register_behaviour
from simgen.world.behaviours.things import fall
from simgen.world.behaviours.vehicles import follow_lane

__all__ = [
    "DIRECTORS",
    "Play",
    "Role",
    "fall",
    "follow_lane",
    "plan_acts",
    "register_behaviour",
    "switch_lamp",
    "walk",
    "watched",
]
