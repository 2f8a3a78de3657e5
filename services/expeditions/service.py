"""The composition root of expeditions."""

from chassis.process import KIT_MIGRATIONS, Parts, Runtime, Service
from services.expeditions.errors import ExpeditionsRejection


def build(_: Runtime) -> Parts:
    """No slices yet: health and operations only."""
    return Parts(served=[])


SERVICE = Service(
    name="expeditions",
    migrations=(KIT_MIGRATIONS,),
    rejection=ExpeditionsRejection,
    build=build,
)
