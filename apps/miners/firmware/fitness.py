"""Whether an image is for a miner: product, model, platform, and from which version on."""

from dataclasses import dataclass

from apps.miners.client.release import Release, parse_release
from apps.miners.firmware.signing import PRODUCT
from apps.miners.models import FirmwareImage


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a miner; None is not known, and is not judged."""

    model: str | None
    platform: str | None
    version: str | None


def unfit(image: FirmwareImage, miner: Facts, *, older: bool) -> str:
    """Why this miner cannot have this image, in one sentence; empty where it can.

    `older` lets a release be installed that is older than the one that runs.
    """
    return (
        _wrong_product(image)
        or _wrong_model(image, miner.model)
        or _wrong_platform(image, miner.platform)
        or _too_old(image, miner.version)
        or ("" if older else _backwards(image, miner.version))
    )


def _wrong_product(image: FirmwareImage) -> str:
    if image.product == PRODUCT:
        return ""
    return f"The image is of {image.product}, and this miner runs {PRODUCT}."


def _wrong_model(image: FirmwareImage, model: str | None) -> str:
    if model is None or model in image.device_models:
        return ""
    words = model or "a miner that names no model"
    return f"The image is for {', '.join(image.device_models)}, not for {words}."


def _wrong_platform(image: FirmwareImage, platform: str | None) -> str:
    if platform is None or not image.platforms or platform in image.platforms:
        return ""
    board = platform or "a board that it does not name"
    return f"The image is for control board {', '.join(image.platforms)}, not for {board}."


def _too_old(image: FirmwareImage, version: str | None) -> str:
    if version is None or not image.min_version:
        return ""
    least, runs = _release(image.min_version), _release(version)
    if least is not None and runs is not None and runs >= least:
        return ""
    if runs is None:
        return f"The image installs from {least} on, and {version!r} names no release."
    return f"The image installs from {least} on, and the miner runs {runs}; install {least} first."


def _backwards(image: FirmwareImage, version: str | None) -> str:
    new, runs = _release(image.version), _release(version or "")
    if new is None or runs is None or new >= runs:
        return ""
    return f"{new} is older than {runs}, which the miner runs; give older=true to go back to it."


def _release(text: str) -> Release | None:
    try:
        return parse_release(text)
    except ValueError:
        return None
