"""Every setting of a process, typed, read once from the environment or from NAME_FILE."""

import os
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

CHECKOUT = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET = "development-only-secret-key-change-me-please"  # noqa: S105 - refused in production


class Environment(StrEnum):
    """Where the plane runs."""

    DEVELOPMENT = "development"
    TEST = "test"
    STAGING = "staging"
    PRODUCTION = "production"


class Server(StrEnum):
    """Which ASGI server runs the web process."""

    GRANIAN = "granian"
    UVICORN = "uvicorn"
    DAPHNE = "daphne"


class FileSource(PydanticBaseSettingsSource):
    """Reads setting NAME from the file that NAME_FILE points to (container secrets)."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{field_name.upper()}_FILE")
        value = Path(path).read_text().strip() if path else None
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                values[key] = value
        return values


CommaList = Annotated[tuple[str, ...], NoDecode]


class Config(BaseSettings):
    """The settings of the control plane. A wrong value stops the start with its name."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    #: Django's lazy settings look for this on each value that is read from them; a model that has
    #: to say that it has no such thing takes 2 µs for it, several times a call.
    _mask_wrapped: ClassVar[bool] = True

    environment: Environment = Environment.DEVELOPMENT
    state_dir: Path = Field(
        default=CHECKOUT / "var", description="Where data, logs and sockets live."
    )
    database_url: SecretStr = Field(
        default=SecretStr("postgresql://localhost/controlplane"),
        description="PostgreSQL 16 or newer, as the role of the running product.",
    )
    redis_url: SecretStr = Field(
        default=SecretStr("redis://localhost:6379/0"),
        description="Valkey or Redis: broker, cache, channel layer, limits and leases.",
    )
    host: str = Field(default="127.0.0.1", description="Address the web process binds to.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port of the web process.")
    server: Server = Server.GRANIAN
    secret_key: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_SECRET), description="Signs sessions and confirmations."
    )
    credential_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(), description="Fernet keys of device credentials; the first encrypts."
    )
    api_key_pepper: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_SECRET), description="Keys the hashes of API keys."
    )
    audit_seal_key: SecretStr | None = Field(
        default=None, description="Ed25519 private key (PEM) that signs audit seals."
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^/?#\s]+)?$",
        description="Origin that clients reach the plane at (https://…). Issues OAuth tokens; "
        "without it, none are issued outside development.",
    )
    allowed_hosts: CommaList = Field(
        default=("localhost", "127.0.0.1", "[::1]"), description="Host headers that are answered."
    )
    cors_origins: CommaList = Field(default=(), description="Origins of foreign browser apps.")
    device_networks: CommaList = Field(
        default=(),
        description="Address ranges devices may live in (CIDR[:port|port…]); empty refuses all.",
    )
    webhook_networks: CommaList = Field(
        default=(),
        description="Addresses besides public HTTPS that alert webhooks may go to "
        "(CIDR[:port|port…]).",
    )
    smtp_host: str = Field(default="", description="Mail server for alerts; empty sends no mail.")
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = Field(default="", description="Log-in at the mail server; empty for none.")
    smtp_password: SecretStr | None = None
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the mail server is talked to."
    )
    mail_from: str = Field(
        default="alerts@localhost", description="Sender of the mails about alerts."
    )
    log_level: str = "INFO"
    mcp_debug: bool = False
    mcp_auth_enabled: bool = True
    mcp_anonymous_enabled: bool = Field(
        default=False, description="Whether /mcp answers ping and health without a credential."
    )
    mcp_thin_path: bool = Field(
        default=True, description="Whether simple MCP calls are answered without the SDK's kernel."
    )
    mcp_sessions_always: bool = Field(
        default=False,
        description="Whether every handshake client may subscribe to resources, and not only one "
        "that can be asked things. Each costs memory.",
    )
    api_anonymous_enabled: bool = Field(
        default=True, description="Whether REST answers ping and health without a credential."
    )
    mcp_rate_limit_rpm: int = Field(default=60, ge=1, description="Calls a minute of an agent.")
    mcp_rate_limit_burst: int = Field(default=10, ge=5, description="Burst of an agent.")
    mcp_rate_limit_per_client: bool = True
    api_rate_limit_rpm: int = Field(default=1000, ge=1, description="Calls a minute of a key.")
    api_rate_limit_burst: int = Field(default=100, ge=5, description="Burst of a person or key.")
    admin_enabled: bool = Field(default=True, description="Whether /admin/ is served.")
    web_threads: int = Field(default=32, ge=1, le=256, description="Threads of the WSGI bridge.")
    inline_device_calls: int = Field(
        default=8, ge=1, description="Live device calls a web process makes at once."
    )
    poller_shards: int = Field(
        default=1, ge=1, le=64, description="Shards the devices of a family are split into."
    )
    qsys_autopoll_seconds: float = Field(
        default=0.1,
        ge=0.01,
        description="Shortest period left to a Core's AutoPoll; below 0.1 on simulators only.",
    )
    qsys_group_budget: int = Field(
        default=8,
        ge=2,
        le=512,
        description="Change groups of a Core that its poller may hold, of the 512 for everybody.",
    )
    export_most_mb: int = Field(
        default=1_024, ge=1, description="Size of one exported file at most, in MiB."
    )
    export_keep_hours: int = Field(
        default=72, ge=1, description="Hours that an exported file is kept."
    )
    miner_poll_seconds: float = Field(default=15, ge=0.5, description="Period of miner readings.")
    firmware_preflight_seconds: int = Field(default=30, ge=1)
    firmware_send_seconds: int = Field(default=600, ge=1)
    firmware_site_bytes_per_second: int = Field(
        default=0,
        ge=0,
        description="Firmware images to one site, all uploads together; 0 is without a limit.",
    )
    firmware_reboot_seconds: int = Field(default=600, ge=1)
    firmware_verify_seconds: int = Field(default=300, ge=1)
    firmware_soak_seconds: int = Field(
        default=60, ge=0, description="Health has to last this long."
    )
    firmware_attempts: int = Field(default=3, ge=1, le=10)
    device_lease_seconds: int = Field(default=30, ge=5)
    confirmation_seconds: int = Field(default=600, ge=10)
    approval_seconds: int = Field(default=86_400, ge=60)
    token_seconds: int = Field(default=3_600, ge=60, description="Life of a traded bearer token.")
    oauth_access_seconds: int = Field(
        default=900, ge=60, le=3_600, description="Life of an assistant's access token."
    )
    oauth_refresh_seconds: int = Field(
        default=604_800, ge=900, description="An assistant that is away for longer asks again."
    )
    oauth_client_documents: bool = Field(
        default=True, description="Whether clients may name themselves by the URL of a document."
    )
    oauth_registration: bool = Field(
        default=False, description="Whether any client may register itself (deprecated in MCP)."
    )

    @field_validator(
        *("allowed_hosts", "cors_origins", "device_networks", "webhook_networks"),
        "credential_keys",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("public_url")
    @classmethod
    def _in_lower_case(cls, value: str) -> str:
        """Issuers and resources are compared as texts."""
        return value.lower()

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.environment is not Environment.PRODUCTION:
            return self
        for name in ("secret_key", "api_key_pepper"):
            if getattr(self, name).get_secret_value() == DEVELOPMENT_SECRET:
                raise ValueError(f"set {name.upper()}: production refuses the default secret")
        if self.public_url and not self.public_url.startswith("https://"):
            raise ValueError("PUBLIC_URL starts with https:// in production: tokens travel there")
        if self.audit_seal_key is None:
            raise ValueError("set AUDIT_SEAL_KEY: production seals its evidence with its own key")
        if not self.credential_keys:
            raise ValueError("set CREDENTIAL_KEYS: production keeps device credentials encrypted")
        if not self.mcp_auth_enabled:
            raise ValueError("MCP_AUTH_ENABLED=false is refused in production")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, FileSource(settings_cls), env_settings


class ConfigError(Exception):
    """The environment holds wrong settings; the text names each and says what it may be."""


@lru_cache(maxsize=1)
def load() -> Config:
    """The settings of this process. Raises ConfigError."""
    try:
        return Config()
    except ValidationError as error:
        raise ConfigError("; ".join(_sentences(error))) from None


def _sentences(error: ValidationError) -> Iterator[str]:
    """One for each complaint. The value stays unsaid: it may be a secret."""
    for one in error.errors(include_input=False, include_url=False):
        name = "_".join(map(str, one["loc"])).upper()
        said = one["msg"].removeprefix("Value error, ")
        yield f"{name}: {said}" if name else said
