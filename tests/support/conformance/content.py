"""Tools that answer at once, with each kind of content there is."""

from typing import Any, Final

import mcp_types as types

from apps.mcp.extras import Extra
from tests.support.conformance.fitting import said, tool

IMAGE: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAF"
    "BQIAX8jx0gAAAABJRU5ErkJggg=="
)
AUDIO: Final = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="

#: Keywords of JSON Schema 2020-12 that a list must not lose.
SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def image() -> types.ImageContent:
    return types.ImageContent(type="image", data=IMAGE, mime_type="image/png")


def embedded(uri: str, mime_type: str, text: str) -> types.EmbeddedResource:
    contents = types.TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    return types.EmbeddedResource(type="resource", resource=contents)


def quick(name: str, result: types.CallToolResult) -> Extra:
    return Extra(tool(name), lambda arguments: result)


def of(*content: Any) -> types.CallToolResult:
    return types.CallToolResult(content=list(content))


TOOLS: Final = (
    quick("test_simple_text", said("This is a simple text response for testing.")),
    quick("test_image_content", of(image())),
    quick(
        "test_audio_content",
        of(types.AudioContent(type="audio", data=AUDIO, mime_type="audio/wav")),
    ),
    quick(
        "test_embedded_resource",
        of(embedded("test://embedded-resource", "text/plain", "This is an embedded resource.")),
    ),
    quick(
        "test_multiple_content_types",
        of(
            types.TextContent(type="text", text="Multiple content types test:"),
            image(),
            embedded("test://mixed-content", "application/json", '{"test":"data","value":123}'),
        ),
    ),
    quick(
        "test_error_handling",
        said("This tool intentionally returns an error for testing", is_error=True),
    ),
    Extra(
        types.Tool(name="json_schema_2020_12_tool", description="Keeps.", input_schema=SCHEMA),
        lambda arguments: said("ok"),
    ),
    Extra(
        tool("test_x_mcp_header", region={"type": "string", "x-mcp-header": "Region"}),
        lambda arguments: said(str(arguments["region"])),
    ),
)
