"""Site families: importing this package registers them."""
