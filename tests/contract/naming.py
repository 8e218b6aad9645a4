"""How each operation and each address names somebody else's things.

A new operation or address stands in one of these tables, or the tests that read them fail.
"""

from collections.abc import Callable
from typing import Any

from tests.contract.world import Names

Input = dict[str, Any]
POOLS = [{"pools": [{"url": "stratum+tcp://pool.example:3333", "user": "x"}]}]
CSV = "name,driver,site,address\nnew-one,qsys,{path},127.0.0.1\n"

#: Operations that name something: what the answer must not tell apart is whether it exists.
NAMES: dict[str, Callable[[Names], Input]] = {
    "operations.approval.grant": lambda n: {"approval": n.approval},
    "operations.approval.refuse": lambda n: {"approval": n.approval},
    "accounts.key.create": lambda n: {"user": n.username, "name": "x"},
    "accounts.key.revoke": lambda n: {"key": n.key},
    "accounts.user.create": lambda n: {
        "username": "new-agent",
        "role": "viewer",
        "site_path": "/plant/hall-a/rack-2/",
        "acts_for": n.username,
    },
    "accounts.user.suspend": lambda n: {"user": n.username},
    "accounts.user.reinstate": lambda n: {"user": n.username},
    "accounts.grant.create": lambda n: {
        "user": n.username,
        "role": "viewer",
        "site_path": "/plant/hall-a/rack-2/",
    },
    "accounts.grant.revoke": lambda n: {"grant": n.grant},
    "accounts.agent.stop": lambda n: {"agent": n.username},
    "accounts.agent.resume": lambda n: {"agent": n.username},
    "accounts.agent.limit": lambda n: {"agent": n.username, "calls_per_hour": 1},
    "accounts.client.revoke": lambda n: {"client": n.client},
    "accounts.client.restore": lambda n: {"client": n.client},
    "accounts.assistant.connect": lambda n: {"client_id": n.client_id, "scopes": ["fleet:read"]},
    "accounts.assistant.disconnect": lambda n: {"assistant": n.assistant},
    "jobs.job.get": lambda n: {"job": n.job},
    "jobs.job.wait": lambda n: {"job": n.job, "timeout": 0.1},
    "jobs.job.answer": lambda n: {"job": n.job, "answers": {"sure": {"action": "accept"}}},
    "jobs.job.cancel": lambda n: {"job": n.job},
    "jobs.job.retry": lambda n: {"job": n.job},
    "jobs.schedule.create": lambda n: {
        "name": "mine",
        "operation": "fleet.breaker.reset",
        "input": {"device": n.device},
        "cron": "0 1 * * *",
    },
    "jobs.schedule.update": lambda n: {"schedule": n.schedule, "name": "mine"},
    "jobs.schedule.delete": lambda n: {"schedule": n.schedule},
    "jobs.schedule.pause": lambda n: {"schedule": n.schedule},
    "jobs.schedule.resume": lambda n: {"schedule": n.schedule},
    "fleet.device.probe": lambda n: {"device": n.device},
    "fleet.device.register": lambda n: {
        "name": "mine",
        "driver": "qsys",
        "site": n.path,
        "address": "127.0.0.1",
    },
    "fleet.device.edit": lambda n: {"device": n.device, "name": "mine"},
    "fleet.device.tag": lambda n: {"devices": [n.device], "add": ["mine"]},
    "fleet.device.decommission": lambda n: {"devices": [n.device]},
    "fleet.credential.set": lambda n: {"device": n.device, "secrets": {"pin": "1"}},
    "fleet.site.create": lambda n: {
        "parent": n.path,
        "slug": "mine",
        "name": "Mine",
        "kind": "rack",
    },
    "fleet.breaker.status": lambda n: {"device": n.device},
    "fleet.breaker.reset": lambda n: {"device": n.device},
    "fleet.stop.set": lambda n: {"site": n.path},
    "fleet.stop.lift": lambda n: {"stop": n.stop},
    "fleet.rollout.create": lambda n: {
        "name": "mine",
        "operation": "miners.power.set",
        "input": {"watts": 1000},
        "devices": [n.miner],
    },
    **{
        f"fleet.rollout.{verb}": lambda n: {"rollout": n.rollout}
        for verb in ("start", "pause", "resume", "advance", "cancel", "rollback", "get")
    },
    "fleet.alert.get": lambda n: {"alert": n.alert},
    "fleet.alert.acknowledge": lambda n: {"alerts": [n.alert]},
    "fleet.silence.create": lambda n: {"device": n.device, "minutes": 5, "because": "mine"},
    "fleet.silence.end": lambda n: {"silence": n.silence},
    "fleet.rule.set": lambda n: {
        "rule": "fleet.device.offline",
        "site": n.path,
        "raise_seconds": 9,
    },
    "fleet.route.create": lambda n: {
        "name": "mine",
        "site": n.path,
        "channel": "webhook",
        "url": "https://hooks.example/x",
        "secret": "0123456789abcdef",
    },
    "fleet.route.delete": lambda n: {"route": n.route},
    "fleet.route.test": lambda n: {"route": n.route},
    "fleet.delivery.retry": lambda n: {"delivery": n.delivery},
    "qsys.core.status": lambda n: {"device": n.device},
    "qsys.core.connection": lambda n: {"device": n.device},
    "qsys.core.reconnect": lambda n: {"device": n.device},
    "qsys.core.link": lambda n: {"device": n.device, "transport": "qrc"},
    "qsys.core.trust": lambda n: {"device": n.device, "fingerprint": "ab" * 32},
    "qsys.component.list": lambda n: {"device": n.device},
    "qsys.control.get": lambda n: {"device": n.device, "controls": ["gain"]},
    "qsys.control.set": lambda n: {"device": n.device, "control": "gain", "value": 1.0},
    "qsys.control.batch": lambda n: {
        "device": n.device,
        "settings": [{"control": "gain", "value": 1.0}],
    },
    "qsys.change.undo": lambda n: {"device": n.device},
    "qsys.snapshot.load": lambda n: {"device": n.device, "bank": "Snapshots", "slot": 1},
    "qsys.snapshot.save": lambda n: {"device": n.device, "bank": "Snapshots", "slot": 1},
    "qsys.mixer.set": lambda n: {
        "device": n.device,
        "mixer": "Mixer",
        "what": "SetInputGain",
        "inputs": "1",
        "value": 0.0,
    },
    "qsys.player.start": lambda n: {
        "device": n.device,
        "player": "Player",
        "files": [{"name": "Rain.mp3", "output": 1}],
    },
    "qsys.player.stop": lambda n: {"device": n.device, "player": "Player", "outputs": [1]},
    "qsys.page.submit": lambda n: {
        "device": n.device,
        "mode": "message",
        "zones": [1],
        "message": "Chime.wav",
    },
    "qsys.page.stop": lambda n: {"page": n.page},
    "qsys.page.list": lambda n: {"device": n.device},
    "qsys.group.create": lambda n: {"group": "mine", "device": n.device},
    "qsys.zone.list": lambda n: {"device": n.device},
    "qsys.policy.save": lambda n: {"device": n.device, "name": "mine", "protected": True},
    "qsys.policy.delete": lambda n: {"policy": n.policy},
    "qsys.lock.set": lambda n: {"device": n.device},
    "qsys.lock.clear": lambda n: {"lock": n.lock},
    "qsys.event.list": lambda n: {"device": n.device},
    "qsys.state.at": lambda n: {"device": n.device, "at": "2026-01-31T20:14:00Z"},
    "qsys.state.compare": lambda n: {"device": n.device, "at": "2026-01-31T20:14:00Z"},
    "qsys.inventory.list": lambda n: {"device": n.device},
    "qsys.inventory.history": lambda n: {"item": n.item},
    "qsys.design.list": lambda n: {"device": n.device},
    "qsys.design.history": lambda n: {"device": n.device},
    "qsys.design.pin": lambda n: {"device": n.device, "design": "mine"},
    "qsys.core.statistics": lambda n: {"device": n.device},
    "qsys.watch.delete": lambda n: {"device": n.device, "name": "levels"},
    "qsys.export.create": lambda n: {"device": n.device},
    "qsys.export.download": lambda n: {"export": n.export},
    "qsys.export.delete": lambda n: {"export": n.export},
    "qsys.watch.set": lambda n: {"device": n.device, "name": "mine"},
    "miners.miner.status": lambda n: {"device": n.miner},
    "miners.miner.info": lambda n: {"device": n.miner},
    "miners.error.list": lambda n: {"device": n.miner},
    "miners.log.read": lambda n: {"device": n.miner},
    "miners.miner.reboot": lambda n: {"device": n.miner},
    "miners.miner.restart": lambda n: {"device": n.miner},
    "miners.miner.locate": lambda n: {"device": n.miner, "on": True},
    "miners.miner.pause": lambda n: {"device": n.miner},
    "miners.miner.resume": lambda n: {"device": n.miner},
    **{
        f"miners.curtailment.{verb}": lambda n: {"curtailment": n.curtailment}
        for verb in ("get", "stop")
    },
    **{
        f"miners.curtailment.{verb}": lambda n: {"site": n.path, "cap_kw": 1}
        for verb in ("preview", "start")
    },
    "miners.trigger.save": lambda n: {
        "name": "mine",
        "curtailment": {"site": n.path, "cap_kw": 1},
        "signal": {"on_at": 2, "off_at": 1},
    },
    "miners.trigger.feed": lambda n: {"trigger": n.trigger, "csv": "2026-05-01T00:00:00Z,1"},
    "miners.trigger.delete": lambda n: {"trigger": n.trigger},
    "miners.power.set": lambda n: {"device": n.miner, "watts": 1000},
    "miners.hashrate.set": lambda n: {"device": n.miner, "terahash": 80.0},
    "miners.target.adjust": lambda n: {"device": n.miner, "step": -100.0},
    "miners.tuning.set": lambda n: {"device": n.miner, "mode": "default"},
    "miners.pools.get": lambda n: {"device": n.miner},
    "miners.pools.set": lambda n: {"device": n.miner, "groups": POOLS},
    "miners.template.delete": lambda n: {"name": n.template},
    "miners.cooling.set": lambda n: {"device": n.miner, "mode": "auto"},
    "miners.dps.set": lambda n: {"device": n.miner, "enabled": True},
    "miners.board.switch": lambda n: {"device": n.miner, "boards": ["1"], "on": False},
    "miners.network.set": lambda n: {"device": n.miner, "dhcp": True},
    "miners.archive.fetch": lambda n: {"device": n.miner},
    "miners.archive.download": lambda n: {"archive": n.archive},
    "miners.archive.delete": lambda n: {"archive": n.archive},
    "miners.settings.list": lambda n: {"device": n.miner},
    "miners.settings.set": lambda n: {"device": n.miner, "settings": {"rambo_mode": True}},
    "miners.baseline.run": lambda n: {"device": n.miner},
    "miners.password.rotate": lambda n: {"device": n.miner},
    "miners.miner.reset": lambda n: {"device": n.miner},
    "miners.stock.restore": lambda n: {"device": n.miner},
    "miners.change.undo": lambda n: {"device": n.miner},
    "miners.firmware.upgrade": lambda n: {"device": n.miner, "image": n.image},
    "miners.firmware.publish": lambda n: {"image": n.image},
    "miners.firmware.withdraw": lambda n: {"image": n.image},
    "fleet.window.save": lambda n: {"name": "mine", "site": n.path, "hours": ["daily 01:00-02:00"]},
    "fleet.window.delete": lambda n: {"window": n.window},
    "fleet.range.save": lambda n: {"site": n.path, "network": "10.77.0.0/28"},
    "fleet.range.delete": lambda n: {"range": n.range},
    "fleet.circuit.save": lambda n: {"site": n.path, "name": "mine", "limit_watts": 1000},
    "fleet.circuit.delete": lambda n: {"circuit": n.circuit},
    "miners.discovery.scan": lambda n: {"range": n.range},
    "miners.discovery.adopt": lambda n: {"finds": [n.find]},
    "miners.key.withdraw": lambda n: {"key": n.signer},
}

#: Operations on the caller's own things: whatever they answer tells nothing of anybody else's.
OWN: dict[str, Callable[[Names], Input]] = {
    "system.ping": lambda n: {},
    "system.health": lambda n: {"detail": True},
    "system.metrics": lambda n: {},
    "accounts.key.list": lambda n: {"user": n.username},
    "accounts.role.list": lambda n: {},
    "accounts.agent.list": lambda n: {},
    "accounts.client.list": lambda n: {},
    "accounts.client.register": lambda n: {
        "name": "mine",
        "redirect_uris": ["http://127.0.0.1/callback"],
    },
    "accounts.assistant.list": lambda n: {"everybody": True},
    "accounts.tenant.set": lambda n: {"batch_threshold": 7},
    "audit.entry.list": lambda n: {"object": n.device},
    "audit.trail.export": lambda n: {},
    "audit.checkpoint": lambda n: {},
    "jobs.schedule.preview": lambda n: {"cron": "0 1 * * *"},
    "fleet.device.list": lambda n: {"text": ""},
    "fleet.summary.get": lambda n: {},
    "fleet.stop.list": lambda n: {},
    "fleet.alert.list": lambda n: {"state": "open"},
    "fleet.rule.list": lambda n: {},
    "fleet.route.list": lambda n: {},
    "fleet.device.export": lambda n: {},
    # Its rows are judged one by one; the verdict of a place is the same absent or not theirs.
    "fleet.device.import": lambda n: {"csv": CSV.format(path=n.path)},
    "qsys.inventory.rollup": lambda n: {},
    "miners.firmware.upload": lambda n: {
        "version": "1",
        "device_models": ["m"],
        "sha256": "a" * 64,
        "size": 10,
        "offset": 0,
        "data": "AAAA",
    },
    "miners.firmware.list": lambda n: {},
    "fleet.window.list": lambda n: {},
    "fleet.range.list": lambda n: {},
    "fleet.circuit.list": lambda n: {},
    "miners.discovery.list": lambda n: {},
    # An image belongs to no place: who looks after one rack may look at it.
    "miners.firmware.get": lambda n: {"image": n.image},
    "miners.key.list": lambda n: {},
    "miners.key.trust": lambda n: {
        "name": "mine",
        "public_key": "ab" * 32,
        "not_after": "2090-01-01T00:00:00Z",
    },
    "miners.curtailment.list": lambda n: {},
    "miners.trigger.list": lambda n: {},
    "qsys.group.list": lambda n: {},
    **{f"qsys.group.{verb}": lambda n: {"group": "mine"} for verb in ("clear", "destroy", "poll")},
    **{
        f"qsys.group.{verb}": lambda n: {"group": "mine", "controls": ["gain"]}
        for verb in ("add", "remove")
    },
    "miners.template.list": lambda n: {},
    "miners.template.save": lambda n: {"name": "mine", "groups": POOLS},
}

#: What the arguments of addresses stand for, by the address's name and the argument.
ARGUMENTS: dict[str, dict[str, str]] = {
    "api-sites-detail": {"pk": "site"},
    "api-devices-detail": {"pk": "device"},
    "api-targets-detail": {"pk": "target"},
    "api-alerts-detail": {"pk": "alert"},
    "api-silences-detail": {"pk": "silence"},
    "api-routes-detail": {"pk": "route"},
    "api-deliveries-detail": {"pk": "delivery"},
    "api-policies-detail": {"pk": "policy"},
    "api-exports-detail": {"pk": "export"},
    "api-exports-file": {"pk": "export"},
    "api-archives-detail": {"pk": "archive"},
    "api-archives-file": {"pk": "archive"},
    "api-pages-detail": {"pk": "page"},
    "api-jobs-detail": {"pk": "job"},
    "api-jobs-log": {"pk": "job"},
    "api-schedules-detail": {"pk": "schedule"},
    "api-approvals-detail": {"pk": "approval"},
    "api-audit-detail": {"pk": "audit"},
    "api-operation": {"name": "=qsys.core.status"},
    **{
        f"console:{page}": {"device_id": "device"}
        for page in (
            "device",
            "device-row",
            "components",
            "component",
            "control-set",
            "snapshots",
            "chart",
            "timeline",
            "then",
            "watches",
            "watch",
            "watch-cost",
            "core-status",
            "core-designs",
            "paging",
            "zones",
            "exports",
        )
    },
    "console:inventory-item": {"item_id": "item"},
    **{
        f"console:{page}": {"rollout_id": "rollout"}
        for page in ("rollout", "rollout-plan", "rollout-head", "rollout-cells")
    },
    "console:miner-history": {"device_id": "device"},
    "console:job": {"job_id": "job"},
    "console:curtailment": {"curtailment_id": "curtailment"},
    "console:job-log": {"job_id": "job"},
    "console:assistant-disconnect": {"assistant_id": "assistant"},
    "console:approval": {"approval_id": "approval"},
    "console:operation": {"name": "=fleet.device.edit"},
    "console:confirm": {"name": "=fleet.device.edit"},
    "admin:app_list": {"app_label": "=fleet"},
    "admin:view_on_site": {"content_type_id": "=1", "object_id": "device"},
}

#: Rows of the back office, by model: its addresses take an `object_id`.
ADMIN_ROWS: dict[str, str] = {
    "fleet_device": "device",
    "qsys_core": "core",
    "miners_miner": "miner",
    "jobs_job": "job",
    "jobs_schedule": "schedule",
    "audit_auditlog": "audit",
    "accounts_tenant": "tenant",
    "accounts_user": "user",
    "accounts_role": "role",
    "accounts_grant": "grant",
    "accounts_apikey": "key",
    "accounts_client": "client",
    "accounts_assistant": "assistant",
}

#: Resources of the MCP face that can be read one by one.
RESOURCES: dict[str, str] = {
    "answers://kept": "job",
    "audit://entries": "audit",
    "fleet://devices": "device",
    "fleet://rollouts": "rollout",
    "jobs://jobs": "job",
    "jobs://schedules": "schedule",
    "miners://miners": "miner",
    "qsys://components": "device",
    "qsys://cores": "device",
    "qsys://policies": "policy",
}

#: Resources that tell a caller's own attempts again, with the names that were tried.
RETOLD: frozenset[str] = frozenset({"audit://entries"})


def input_of(operation: str, names: Names) -> Input:
    """The input that names somebody's things."""
    return {**NAMES, **OWN}[operation](names)
