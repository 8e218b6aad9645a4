"""The part of a client for password, licence, upgrades by itself, and going back to the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict

from apps.miners.client import config_readings, types
from apps.miners.client.calls import READ_S, WRITE_S, Part
from apps.miners.client.setup import Licence
from apps.miners.contract.generated import bos_actions_pb2 as actions_pb
from apps.miners.contract.generated import bos_advanced_pb2 as advanced_pb
from apps.miners.contract.generated import bos_authentication_pb2 as authentication_pb
from apps.miners.contract.generated import bos_license_pb2 as license_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb

Values = dict[str, Any]


class Upkeep(Part):
    """What is done seldom."""

    async def set_password(self, password: str, *, timeout: float = WRITE_S) -> None:
        """Change the device's password; log-ins of the present stay good."""
        request = authentication_pb.SetPasswordRequest(password=password)
        method = "AuthenticationService/SetPassword"
        await self._calls.ask(method, request, authentication_pb.SetPasswordResponse, timeout)

    async def accepts(self, password: str, *, timeout: float = READ_S) -> bool:
        """Whether the device lets in whoever has this password, asked by a log-in of its own."""
        return await self._calls.accepts(password, timeout)

    async def licence(self, *, timeout: float = READ_S) -> Licence:
        """State of the licence."""
        method, answer = "LicenseService/GetLicenseState", license_pb.GetLicenseStateResponse
        request = license_pb.GetLicenseStateRequest()
        return config_readings.licence(await self._calls.ask(method, request, answer, timeout))

    async def apply_contract(self, key: str, *, timeout: float = WRITE_S) -> bool:
        """Install a contract key; whether the device took it."""
        request = license_pb.ApplyContractKeyRequest(contract_key=key)
        method, answer = "LicenseService/ApplyContractKey", license_pb.ApplyContractKeyResponse
        return (await self._calls.ask(method, request, answer, timeout)).successful

    async def auto_upgrade(self, *, timeout: float = READ_S) -> types.AutoUpgrade:
        """Whether and when the miner upgrades itself."""
        method = "UpgradeService/GetAutoUpgradeStatus"
        request = upgrade_pb.GetAutoUpgradeStatusRequest()
        answer = upgrade_pb.GetAutoUpgradeStatusResponse
        return config_readings.auto_upgrade(await self._calls.ask(method, request, answer, timeout))

    async def set_auto_upgrade(self, on: bool, *, timeout: float = WRITE_S) -> None:
        """Let the miner upgrade itself, at a time of its own choice, or not."""
        method = "UpgradeService/UpdateAutoUpgradeConfig"
        request = upgrade_pb.UpdateAutoUpgradeConfigRequest(enabled=on)
        await self._calls.ask(method, request, upgrade_pb.UpdateAutoUpgradeConfigResponse, timeout)

    async def factory_reset(self, *, timeout: float = WRITE_S) -> None:
        """Forget every setting; the miner restarts, by DHCP and with the factory's password."""
        request, answer = actions_pb.FactoryResetRequest(), actions_pb.FactoryResetResponse
        await self._calls.ask("ActionsService/FactoryReset", request, answer, timeout)

    async def restore_stock(self, *, timeout: float = WRITE_S) -> bool:
        """Go back to the vendor's firmware; True once it began. The miner leaves this API."""
        request, answer = upgrade_pb.RestoreStockRequest(), upgrade_pb.RestoreStockResponse
        message = await self._calls.ask("UpgradeService/RestoreStock", request, answer, timeout)
        return message.successful

    async def settings_schema(self, *, timeout: float = READ_S) -> Values:
        """JSON Schema of the advanced settings; firmware before 26.05 does not have them."""
        method = "AdvancedSettingsService/GetSettingsSchema"
        request = advanced_pb.GetSettingsSchemaRequest()
        answer = advanced_pb.GetSettingsSchemaResponse
        return MessageToDict((await self._calls.ask(method, request, answer, timeout)).schema)

    async def settings(self, *, timeout: float = READ_S) -> Values:
        """Every advanced setting, those at their default as well."""
        method, answer = "AdvancedSettingsService/GetSettings", advanced_pb.GetSettingsResponse
        request = advanced_pb.GetSettingsRequest(include_default=True)
        return MessageToDict((await self._calls.ask(method, request, answer, timeout)).settings)

    async def set_settings(self, wanted: Mapping[str, Any], *, timeout: float = WRITE_S) -> Values:
        """All are taken or none; None puts one back to its default. What was applied."""
        request = advanced_pb.SetSettingsRequest()
        request.settings.update(dict(wanted))
        method, answer = "AdvancedSettingsService/SetSettings", advanced_pb.SetSettingsResponse
        return MessageToDict((await self._calls.ask(method, request, answer, timeout)).applied)

    async def reset_settings(self, *, timeout: float = WRITE_S) -> Values:
        """Put every advanced setting back to its default."""
        method = "AdvancedSettingsService/ResetAllSettings"
        request = advanced_pb.ResetAllSettingsRequest()
        answer = advanced_pb.ResetAllSettingsResponse
        return MessageToDict((await self._calls.ask(method, request, answer, timeout)).settings)
