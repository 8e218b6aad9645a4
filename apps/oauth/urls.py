"""Addresses of the authorization server that programs ask; people decide in the console."""

from django.urls import URLPattern, path, re_path

from apps.oauth import endpoints, metadata, registration

app_name = "oauth"

urlpatterns: list[URLPattern] = [
    # At the root, and at the path of the endpoint and of its toolsets: one resource.
    re_path(
        r"^\.well-known/oauth-protected-resource(?:/mcp(?:/[a-z-]+)?)?$",
        metadata.protected_resource,
        name="protected-resource",
    ),
    path(
        ".well-known/oauth-authorization-server",
        metadata.authorization_server,
        name="authorization-server",
    ),
    path("oauth/token", endpoints.token, name="token"),
    path("oauth/revoke", endpoints.revoke, name="revoke"),
    path("oauth/register", registration.register, name="register"),
]
