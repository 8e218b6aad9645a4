"""Whose signatures a tenant believes, and whether one stands under an image now."""

from uuid import UUID

from django.db.models import QuerySet

from apps.kernel import clock
from apps.kernel.errors import conflict, invalid
from apps.miners.firmware import signing
from apps.miners.firmware.signing import Statement
from apps.miners.models import FirmwareImage, TrustedKey


def statement_of(image: FirmwareImage) -> Statement:
    """What was to be signed, from the row: a changed row no longer fits its signature."""
    return Statement(
        sha256=image.sha256,
        size=image.size,
        version=image.version,
        hardware=tuple(image.device_models),
        platforms=tuple(image.platforms),
        min_version=image.min_version,
        product=image.product,
    )


def live_keys(tenant_id: UUID) -> QuerySet[TrustedKey]:
    """The keys that are believed at this moment."""
    return TrustedKey.system.filter(
        tenant_id=tenant_id, withdrawn_at=None, not_after__gt=clock.now()
    )


def is_signature_required(tenant_id: UUID) -> bool:
    """Whether the tenant has ever trusted a key.

    A key that expired or was withdrawn counts: else taking the last one away would let unsigned
    images in again.
    """
    return TrustedKey.system.filter(tenant_id=tenant_id).exists()


def signer_of(tenant_id: UUID, statement: Statement, text: str) -> TrustedKey | None:
    """The trusted key that made the signature (base64); None where none that is live did.

    Raises ValueError for text that is no signature.
    """
    given, keys = signing.signature(text), list(live_keys(tenant_id))
    raw = [bytes.fromhex(key.public_key) for key in keys]
    place = signing.first_signer(raw, statement.canonical(), given)
    return None if place is None else keys[place]


def require_good(tenant_id: UUID, statement: Statement, text: str) -> None:
    """Raises `invalid` unless the signature is there where it has to be, and is good."""
    if not text:
        if is_signature_required(tenant_id):
            raise invalid(
                "signature",
                "is needed: this tenant trusts signing keys, so an image that nobody signed is "
                "refused. Sign its statement with one of them.",
            )
        return
    try:
        signer = signer_of(tenant_id, statement, text)
    except ValueError as error:
        raise invalid("signature", f"{error}.") from None
    if signer is None:
        raise invalid(
            "signature",
            "is of no key that this tenant trusts now, or of another statement. Signed has to be "
            f"exactly: {statement.canonical().decode()}",
        )


def flaw(image: FirmwareImage) -> str:
    """Why the image may not be believed now, in one sentence; empty where it may."""
    if not image.signature:
        if is_signature_required(image.tenant_id):
            return f"Nobody signed image {image.version}, and this tenant trusts signing keys."
        return ""
    try:
        signer = signer_of(image.tenant_id, statement_of(image), image.signature)
    except ValueError:
        signer = None
    if signer is None:
        return (
            f"Image {image.version} is signed by no key that is trusted now: its key expired or "
            "was withdrawn, or the image's words were changed."
        )
    return ""


def require_believed(image: FirmwareImage) -> None:
    """Raises `conflict` with the flaw."""
    found = flaw(image)
    if found:
        raise conflict(f"{found} Sign it anew with a trusted key and upload its first piece again.")
