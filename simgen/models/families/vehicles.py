"""Registers the vehicles: three cars and a box truck."""

from __future__ import annotations

from simgen.models.catalogue import register_model
from simgen.models.families.vehicle_car import build_car
from simgen.models.families.vehicle_hatchback import HATCHBACK
from simgen.models.families.vehicle_sedan import SEDAN
from simgen.models.families.vehicle_suv import SUV
from simgen.models.families.vehicle_truck import build_box_truck
from simgen.models.model import Model


@register_model("car.sedan")
def sedan() -> Model:
    """A four-door saloon, 4.70 m, 1500 kg."""
    return build_car(SEDAN)


@register_model("car.hatchback")
def hatchback() -> Model:
    """A five-door small car, 4.10 m, 1150 kg."""
    return build_car(HATCHBACK)


@register_model("car.suv")
def suv() -> Model:
    """A sport utility vehicle, 4.70 m, 1900 kg."""
    return build_car(SUV)


@register_model("truck.box")
def box_truck() -> Model:
    """A two-axle box truck, 7.5 m, 7500 kg."""
    return build_box_truck()
