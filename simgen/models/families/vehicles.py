"""Registers the vehicles: five cars, a van, a pickup, two trucks, a trailer, a fire engine and a city bus.

Every family takes `abs: false` for brakes without anti-lock. Their numbers: `vehicle_data`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from simgen.models.catalogue import register_model
from simgen.models.model import Model


@cache
def _plain(name: str) -> Model:
    """As it leaves the factory; a second to build, so that variants share it."""
    return _BUILDERS[name]()


# Lines and cuts are loaded when a vehicle is built: most runs find it on the disk (`simgen.models.kept`).


def _hatchback() -> Model:
    from simgen.models.families.vehicle_car import build_car
    from simgen.models.families.vehicle_hatchback import HATCHBACK

    return build_car(HATCHBACK)


def _sedan() -> Model:
    from simgen.models.families.vehicle_car import build_car
    from simgen.models.families.vehicle_sedan import SEDAN

    return build_car(SEDAN)


def _suv() -> Model:
    from simgen.models.families.vehicle_car import build_car
    from simgen.models.families.vehicle_suv import SUV

    return build_car(SUV)


def _small() -> Model:
    from simgen.models.families.vehicle_car import build_car
    from simgen.models.families.vehicle_data import VEHICLES
    from simgen.models.families.vehicle_hatchback import HATCHBACK
    from simgen.models.families.vehicle_scaled import restyled

    return build_car(restyled(HATCHBACK, "car.small", VEHICLES["car.small"], (0.9476, 0.9686, 1.0203), 1.226))


def _offroad() -> Model:
    from simgen.models.families.vehicle_car import build_car
    from simgen.models.families.vehicle_data import VEHICLES
    from simgen.models.families.vehicle_scaled import restyled
    from simgen.models.families.vehicle_suv import SUV

    return build_car(restyled(SUV, "car.offroad", VEHICLES["car.offroad"], (1.083, 1.021, 1.091), 1.538))


def _van() -> Model:
    from simgen.models.families.vehicle_van import build_van

    return build_van()


def _pickup() -> Model:
    from simgen.models.families.vehicle_car import build_car
    from simgen.models.families.vehicle_pickup import PICKUP

    return build_car(PICKUP)


def _truck() -> Model:
    from simgen.models.families.vehicle_truck import build_box_truck

    return build_box_truck()


def _tractor() -> Model:
    from simgen.models.families.vehicle_tractor import build_tractor

    return build_tractor()


def _trailer() -> Model:
    from simgen.models.families.vehicle_trailer import build_trailer

    return build_trailer()


def _bus() -> Model:
    from simgen.models.families.vehicle_bus import build_bus

    return build_bus()


def _fire_engine() -> Model:
    from simgen.models.families.vehicle_fire_engine import build_fire_engine

    return build_fire_engine()


_BUILDERS: dict[str, Callable[[], Model]] = {
    "car.small": _small,
    "car.hatchback": _hatchback,
    "car.sedan": _sedan,
    "car.suv": _suv,
    "car.offroad": _offroad,
    "van.panel": _van,
    "pickup.double_cab": _pickup,
    "truck.box": _truck,
    "truck.tractor": _tractor,
    "trailer.box": _trailer,
    "bus.city": _bus,
    "fire_engine": _fire_engine,
}


def _variant(name: str, anti_lock: bool) -> Model:
    model = _plain(name)
    assert model.vehicle is not None  # all of these are vehicles
    return model if anti_lock else replace(model, vehicle=replace(model.vehicle, abs=False))


@register_model("car.small")
def small(abs: bool = True) -> Model:
    """A five-door small car, 3.89 m, 1050 kg."""
    return _variant("car.small", abs)


@register_model("car.hatchback")
def hatchback(abs: bool = True) -> Model:
    """A five-door small car, 4.10 m, 1150 kg."""
    return _variant("car.hatchback", abs)


@register_model("car.sedan")
def sedan(abs: bool = True) -> Model:
    """A four-door saloon, 4.70 m, 1500 kg."""
    return _variant("car.sedan", abs)


@register_model("car.suv")
def suv(abs: bool = True) -> Model:
    """A sport utility vehicle, 4.70 m, 1900 kg."""
    return _variant("car.suv", abs)


@register_model("car.offroad")
def offroad(abs: bool = True) -> Model:
    """A large four-wheel drive, 5.09 m, 2500 kg."""
    return _variant("car.offroad", abs)


@register_model("van.panel")
def panel_van(abs: bool = True) -> Model:
    """A panel van with a high roof, 5.9 m, 2200 kg."""
    return _variant("van.panel", abs)


@register_model("pickup.double_cab")
def pickup(abs: bool = True) -> Model:
    """A four-door pickup with an open bed and four driven wheels, 5.33 m, 2100 kg."""
    return _variant("pickup.double_cab", abs)


@register_model("truck.box")
def box_truck(abs: bool = True) -> Model:
    """A two-axle box truck, 7.5 m, 7500 kg."""
    return _variant("truck.box", abs)


@register_model("truck.tractor")
def tractor(abs: bool = True) -> Model:
    """A two-axle tractor with a long-haul cab, 5.9 m, 7700 kg; tows a `trailer`."""
    return _variant("truck.tractor", abs)


@register_model("trailer.box")
def box_trailer(abs: bool = True) -> Model:
    """A box semi-trailer with three axles, 13.6 m, 20 t half laden; stands where a tractor tows it."""
    return _variant("trailer.box", abs)


@register_model("fire_engine")
def fire_engine(abs: bool = True) -> Model:
    """A two-axle fire engine with blue beacons, 7.5 m, 11500 kg; always red."""
    return _variant("fire_engine", abs)


@register_model("bus.city")
def city_bus(abs: bool = True) -> Model:
    """A low-floor city bus, 12.1 m, 11300 kg."""
    return _variant("bus.city", abs)
