"""What the authorization server asks of clients, codes and refresh tokens, beyond the toolkit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from oauth2_provider.models import AccessToken, Grant, RefreshToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from apps.accounts.authenticate import forget_all
from apps.accounts.redirects import is_acceptable
from apps.accounts.selectors import usable_assistants
from apps.accounts.tokens import checksum
from apps.oauth import evidence


class Reused(errors.InvalidGrantError):  # type: ignore[misc]  # oauthlib has no types
    """A refresh token was spent by two at once; the second finds out while saving."""


class Validator(OAuth2Validator):  # type: ignore[misc]  # the toolkit has no types
    """Codes are kept as checksums, like tokens; whoever may no longer act gets nothing new."""

    def _load_application(self, client_id: str, request: Any) -> Any:
        # No id has such a character, and PostgreSQL refuses to look for one.
        if "\x00" in (client_id or ""):
            return None
        return super()._load_application(client_id, request)

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        allowed = super().validate_redirect_uri(client_id, redirect_uri, request, *args, **kwargs)
        return bool(allowed and is_acceptable(redirect_uri))

    def get_default_redirect_uri(
        self, client_id: str, request: Any, *args: Any, **kwargs: Any
    ) -> str | None:
        uri = super().get_default_redirect_uri(client_id, request, *args, **kwargs)
        return uri if is_acceptable(uri) else None

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Any, *args: Any, **kwargs: Any
    ) -> None:
        kept = {**code, "code": checksum(code["code"])}
        super().save_authorization_code(client_id, kept, request, *args, **kwargs)

    def validate_code(
        self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        # Everything that follows finds the grant by what the request calls its code.
        request.code = checksum(code)
        valid = super().validate_code(client_id, request.code, client, request, *args, **kwargs)
        if not valid:
            end_grown_from(request)
        return bool(valid) and may_act(request.user)

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, request: Any
    ) -> bool:
        with code_held(request):
            return bool(
                super().confirm_redirect_uri(client_id, code, redirect_uri, client, request)
            )

    def get_code_challenge(self, code: str, request: Any) -> str | None:
        with code_held(request):
            found: str | None = super().get_code_challenge(code, request)
            return found

    def get_code_challenge_method(self, code: str, request: Any) -> str | None:
        with code_held(request):
            found: str | None = super().get_code_challenge_method(code, request)
            return found

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        try:
            super().invalidate_authorization_code(client_id, code, request, *args, **kwargs)
        except errors.InvalidGrantError:
            # Two traded it at the same time, and each has made its tokens by now.
            end_grown_from(request)
            raise

    def _create_refresh_token(
        self, request: Any, refresh_token_code: str, access_token: Any, previous: Any
    ) -> Any:
        """Names the family after the code it grew from, so that a code shown again finds it."""
        made = super()._create_refresh_token(request, refresh_token_code, access_token, previous)
        if previous is None and request.grant_type == "authorization_code":
            made.token_family = family_of(request.code)
            made.save(update_fields=["token_family"])
        return made

    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        shown = RefreshToken.objects.filter(token_checksum=checksum(refresh_token)).first()
        if shown is not None and shown.revoked is not None and has_heirs(shown):
            end_family(shown, request)
            return False
        valid = super().validate_refresh_token(refresh_token, client, request, *args, **kwargs)
        return bool(valid) and may_act(request.user)

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        spent = getattr(request, "refresh_token_instance", None)
        try:
            super().save_bearer_token(token, request, *args, **kwargs)
        except Reused:
            end_family(spent, request)
            raise

    def _save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Refuses the second of two that spend one token at the same time.

        Else the toolkit would answer with the first one's tokens, whose text nobody has kept.
        """
        spent = getattr(request, "refresh_token_instance", None)
        if spent is not None:
            rows = RefreshToken.objects.select_for_update()
            if not rows.filter(pk=spent.pk, revoked=None).exists():
                raise Reused(request=request)
        super()._save_bearer_token(token, request, *args, **kwargs)

    def revoke_token(
        self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        agent_id = agent_of(token, request.client)
        super().revoke_token(token, token_type_hint, request, *args, **kwargs)
        if agent_id is not None:
            forget_all()
            evidence.given_back(agent_id, request)


def may_act(agent: Any) -> bool:
    """Whether tokens may still be issued to the agent."""
    return usable_assistants().filter(agent=agent).exists()


def has_heirs(spent: Any) -> bool:
    """Whether tokens that grew from a spent one are alive; of one given back there are none."""
    heirs = RefreshToken.objects.filter(token_family=spent.token_family, revoked=None)
    return bool(heirs.exists())


def family_of(code: str) -> UUID:
    """The family of the tokens that grow from a code, by the code's checksum (hex)."""
    return UUID(hex=code[:32])


def end_grown_from(request: Any) -> None:
    """A code that is no longer there came: what it was traded for, if it was, ends (RFC 6749,
    4.1.2), since one of two who know the code stole it."""
    grown = RefreshToken.objects.filter(token_family=family_of(request.code), revoked=None).first()
    if grown is None:
        return
    with transaction.atomic():
        RefreshToken.revoke_family(grown.token_family)
        evidence.traded_again(grown.user_id, request)
    forget_all()


@contextmanager
def code_held(request: Any) -> Iterator[None]:
    """Refuses a code that goes while it is looked at: another trades it at the same time."""
    try:
        yield
    except Grant.DoesNotExist:
        end_grown_from(request)
        raise errors.InvalidGrantError(request=request) from None


def end_family(spent: Any, request: Any) -> None:
    """A refresh token came twice, so one of two holders stole it: all that grew from it ends."""
    with transaction.atomic():
        RefreshToken.revoke_family(spent.token_family)
        evidence.reused(spent.user_id, request)
    forget_all()


def agent_of(token: str, client: Any) -> Any:
    """The agent that a token of the client belongs to; None for texts that are no token."""
    for model in (AccessToken, RefreshToken):
        found = model.objects.filter(token_checksum=checksum(token), application=client).first()
        if found is not None:
            return found.user_id
    return None
