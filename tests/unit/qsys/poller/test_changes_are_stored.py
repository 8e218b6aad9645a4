"""What changes at a Core is stored with what it was before and what it came from."""

from __future__ import annotations

from apps.qsys.models import Cause, Control, ControlEvent, ControlValue
from apps.qsys.simulator import running_core
from tests.support.polling import allow, eventually, polling, registered, rows


def control_id(component: str, name: str) -> int:
    return Control.system.get(component=component, name=name).id


async def test_a_change_at_the_core_is_stored_with_its_previous_value() -> None:
    async with running_core(controls=30, meters=2) as host:
        allow(host)
        device = await rows(lambda: registered(host))
        async with polling():
            await eventually(
                lambda: ControlValue.objects.filter(control__name="gain").count()
            )
            host.core.move(host.core.control("Lobby Gain", "gain"), -6.0)
            event = await eventually(
                lambda: ControlEvent.objects.filter(cause=Cause.DEVICE).first()
            )
        assert event.control_id == await rows(lambda: control_id("Lobby Gain", "gain"))
        assert (event.previous, event.number, event.string) == (-20.0, -6.0, "-6.0dB")
        assert event.device_id == device.id
        assert event.design_code == host.core.code
