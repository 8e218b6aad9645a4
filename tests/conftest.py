"""What holds for every test: a property is not judged by how busy the machine is."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "busy machine",
    parent=settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("busy machine")
