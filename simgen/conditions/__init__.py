"""The physical state of light, air, water, surface and wind, in SI units. One state drives every sense and motion."""

from simgen.conditions.change import SETTINGS, between, setting, with_settings
from simgen.conditions.fog import Fog, FogBank
from simgen.conditions.light import Light
from simgen.conditions.plumes import Plume
from simgen.conditions.rain import Rain
from simgen.conditions.snow import Snow
from simgen.conditions.state import Conditions
from simgen.conditions.surface import Patch, Surface
from simgen.conditions.water import Water
from simgen.conditions.wind import Tornado, Wind

__all__ = [
    "SETTINGS",
    "Conditions",
    "Fog",
    "FogBank",
    "Light",
    "Patch",
    "Plume",
    "Rain",
    "Snow",
    "Surface",
    "Tornado",
    "Water",
    "Wind",
    "between",
    "setting",
    "with_settings",
]
