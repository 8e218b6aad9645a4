"""Scenario 2: ten firmware updates at once, there and back; then one that fails."""

from pathlib import Path
from typing import Any, ClassVar

import gevent
from locust import task
from locust.exception import StopUser

from tests.load.bench import Bench
from tests.load.locust.asking import Caller
from tests.load.locust.identities import Identity, demo_of, identities, miners
from tests.load.locust.leaks import descriptors
from tests.load.locust.scenario import Run
from tests.load.locust.together import Together
from tests.load.locust.upgrade import Upgrade, told_by, upgrade
from tests.support.controls import order

TENANT = "default"
#: Descriptors that a process may have more after the second wave than after the first.
GROWTH_MOST = 5
#: What nobody may hold when all is over.
HELD = ("operation_open_claims", "job_depth", "device_breaker_open")


class Firmware(Caller):
    """One miner's engineer. All begin together: first to one image, then to the other."""

    file_name = "firmware"
    admin: ClassVar[Identity]
    simulator: ClassVar[Path]
    waiting: ClassVar[list[tuple[str, str]]]
    parties: ClassVar[int]
    together: ClassVar[Together]
    told: ClassVar[list[Upgrade]]
    open_files: ClassVar[list[dict[str, int]]]

    @classmethod
    def begin(cls, options: Any) -> None:
        demo = demo_of(options)
        (cls.admin,) = identities(demo, ("admin",), TENANT)
        cls.simulator = Path(options.state) / "run" / "miner-sim.sock"
        cls.waiting = sorted(miners(demo, TENANT).items())[: options.num_users]
        cls.parties = len(cls.waiting)
        cls.together, cls.told, cls.open_files = Together(cls.parties), [], []

    @task
    def work(self) -> None:
        """The whole scenario for one miner; the first of them plays the failure as well."""
        if not self.waiting:
            raise StopUser
        self.miner, self.address = self.waiting.pop(0)
        self.identity, first = self.admin, len(self.waiting) == self.parties - 1
        try:
            self.waves(first)
        finally:
            if self.together.leave():
                gevent.spawn(self.environment.runner.quit)
        raise StopUser

    def waves(self, first: bool) -> None:
        """Away from the image that runs and back to it."""
        runs = told_by(self.simulator, self.address)["version"]
        images = self.images()
        other = next(version for version in images if version != runs)
        for wave, version in (("there", other), ("back", runs)):
            self.together.meet()
            self.wave(wave, version, images[version])
            self.together.meet()
            if first:
                self.open_files.append(descriptors(self.simulator.parents[1]))
        if first:
            self.fail(other, images[other])

    def images(self) -> dict[str, str]:
        """Ids of the published images by version."""
        found = self.operation("miners.firmware.list", {})["output"]["images"]
        return {one["version"]: one["id"] for one in found if one["state"] == "published"}

    def wave(self, wave: str, version: str, image: str) -> None:
        """One update of this miner."""
        told = Upgrade(wave, self.miner, version)
        self.told.append(told)
        upgrade(self, told, image, self.simulator, self.address)

    def fail(self, version: str, image: str) -> None:
        """An update after which the miner comes back with what it ran before."""
        order(self.simulator, miner=self.address, do="fault", fault="old_version")
        try:
            self.wave("failure", version, image)
        finally:
            order(self.simulator, miner=self.address, do="heal", fault="old_version")

    @classmethod
    def says(cls, run: Run) -> str:
        return f"{cls.parties} firmware updates at once, there and back, then one that fails"

    @classmethod
    def judge(cls, bench: Bench, run: Run) -> None:
        wanted = cls.parties
        for wave in ("there", "back"):
            told = [one for one in cls.told if one.wave == wave]
            bench.add(f"{wave}: complete", sum(one.is_done for one in told), "", least=wanted)
            bench.add(
                f"{wave}: tracked exactly", sum(one.is_exact for one in told), "", least=wanted
            )
            bench.add(f"{wave}: the slowest", max((one.seconds for one in told), default=0), "s")
        failed = [one for one in cls.told if one.wave == "failure"]
        rolled = sum(one.is_rolled_back for one in failed)
        bench.add("failure: told, and the miner runs what it ran", rolled, "", least=1)
        run.measured.mistakes(bench, most=0)
        cls.judge_leaks(bench, run)
        for one in cls.told:
            if not (one.is_done and one.is_exact) and one not in failed:
                print(one)

    @classmethod
    def judge_leaks(cls, bench: Bench, run: Run) -> None:
        """The second wave does what the first did, so it needs nothing more."""
        for name in HELD:
            bench.add(f"{name} at the end, more than before", run.grown(name), "", most=0)
        if len(cls.open_files) == 2:
            after_one, after_two = cls.open_files
            for name, count in after_two.items():
                grown = count - after_one[name]
                bench.add(f"descriptors of {name}, growth", grown, "", most=GROWTH_MOST)
