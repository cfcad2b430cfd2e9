"""The env room."""
