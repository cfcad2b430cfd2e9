"""Site families: importing this package registers them."""

from simgen.models.sites import road_curve, road_mountain, road_straight, road_underpass, warehouse

__all__ = ["road_curve", "road_mountain", "road_straight", "road_underpass", "warehouse"]
