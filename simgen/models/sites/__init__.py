"""Site families: importing this package registers them."""

from simgen.models.sites import (
    field,
    road_bridge,
    road_curve,
    road_intersection,
    road_mountain,
    road_straight,
    road_tunnel,
    road_underpass,
    table,
    warehouse,
)

__all__ = [
    "field",
    "road_bridge",
    "road_curve",
    "road_intersection",
    "road_mountain",
    "road_straight",
    "road_tunnel",
    "road_underpass",
    "table",
    "warehouse",
]
