"""Resources, prompts, completions, log levels and subscriptions that the suites know by name."""

import json
from typing import Any, Final

import mcp_types as types
from mcp.server.lowlevel import Server

from apps.mcp.extras import Extra
from apps.mcp.streams.hub import hub
from apps.mcp.streams.wanted import LISTS
from tests.support.conformance import rounds
from tests.support.conformance.content import IMAGE, embedded, image
from tests.support.conformance.fitting import Answer, Ctx, extend_list, in_front, said, tool

RESOURCES: Final = [
    types.Resource(uri=f"test://{name}", name=name, mime_type=mime_type)
    for name, mime_type in (
        ("static-text", "text/plain"),
        ("static-binary", "image/png"),
        ("watched-resource", "text/plain"),
    )
]
TEMPLATES: Final = [
    types.ResourceTemplate(uri_template="test://template/{id}/data", name="template")
]
KNOWN: Final = frozenset({str(one.uri) for one in RESOURCES})


def prompt(name: str, *arguments: str) -> types.Prompt:
    wanted = [types.PromptArgument(name=one, required=True) for one in arguments]
    return types.Prompt(name=name, description=f"{name}, for a suite.", arguments=wanted)


PROMPTS: Final = [
    prompt("test_simple_prompt"),
    prompt("test_prompt_with_arguments", "arg1", "arg2"),
    prompt("test_prompt_with_embedded_resource", "resourceUri"),
    prompt("test_prompt_with_image"),
    prompt("test_input_required_result_prompt"),
]


def tell(notice: str) -> None:
    """Have everybody who waits for it told that a list changed; here nothing else changes one."""
    for ear in hub().ears:
        if notice in ear.uris:
            ear.hear(notice)


async def change_tools(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    tell(LISTS["toolsListChanged"])
    return said("Tools changed.")


async def change_prompts(ctx: Ctx, params: types.CallToolRequestParams) -> types.CallToolResult:
    tell(LISTS["promptsListChanged"])
    return said("Prompts changed.")


ANSWERS: Final[dict[str, Answer]] = {
    "test_trigger_tool_change": change_tools,
    "test_trigger_prompt_change": change_prompts,
}
TOOLS: Final = tuple(Extra(tool(name)) for name in ANSWERS)


async def read(ctx: Ctx, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    uri = str(params.uri)
    if uri == "test://static-binary":
        blob = types.BlobResourceContents(uri=uri, mime_type="image/png", blob=IMAGE)
        return types.ReadResourceResult(contents=[blob])
    number = uri.split("/")[3] if is_template(uri) else ""
    text = json.dumps({"id": number, "templateTest": True, "data": f"Data of {uri}"})
    plain = types.TextResourceContents(uri=uri, mime_type="text/plain", text=text)
    return types.ReadResourceResult(contents=[plain])


def is_template(uri: str) -> bool:
    return uri.startswith("test://template/") and uri.endswith("/data")


def is_ours(params: Any) -> bool:
    return str(params.uri) in KNOWN or is_template(str(params.uri))


async def get_prompt(ctx: Ctx, params: types.GetPromptRequestParams) -> Any:
    if params.name == "test_input_required_result_prompt":
        return await rounds.prompt(ctx, params)
    given = params.arguments or {}
    content: dict[str, list[Any]] = {
        "test_simple_prompt": ["This is a simple prompt for testing."],
        "test_prompt_with_arguments": [
            f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'"
        ],
        "test_prompt_with_embedded_resource": [
            embedded(
                given.get("resourceUri", "test://none"), "text/plain", "Embedded for testing."
            ),
            "Please process the embedded resource above.",
        ],
        "test_prompt_with_image": [image(), "Please analyze the image above."],
    }
    parts = [
        types.TextContent(type="text", text=one) if isinstance(one, str) else one
        for one in content[params.name]
    ]
    messages = [types.PromptMessage(role="user", content=part) for part in parts]
    return types.GetPromptResult(messages=messages)


async def complete(ctx: Ctx, params: types.CompleteRequestParams) -> types.CompleteResult:
    values = [one for one in ("paris", "park", "party") if one.startswith(params.argument.value)]
    return types.CompleteResult(completion=types.Completion(values=values, total=len(values)))


async def accept(ctx: Ctx, params: Any) -> types.EmptyResult:
    return types.EmptyResult()


def fit(made: Server[Any]) -> None:
    """Everything above, in front of what the product has."""
    names = {one.name for one in PROMPTS}
    extend_list(
        made, "resources/list", types.ListResourcesResult(resources=[]), "resources", RESOURCES
    )
    extend_list(
        made,
        "resources/templates/list",
        types.ListResourceTemplatesResult(resource_templates=[]),
        "resource_templates",
        TEMPLATES,
    )
    extend_list(made, "prompts/list", types.ListPromptsResult(prompts=[]), "prompts", PROMPTS)
    in_front(made, "resources/read", types.ReadResourceRequestParams, read, is_ours)
    in_front(made, "resources/subscribe", types.SubscribeRequestParams, accept, is_ours)
    in_front(made, "resources/unsubscribe", types.UnsubscribeRequestParams, accept, is_ours)
    in_front(made, "logging/setLevel", types.SetLevelRequestParams, accept)
    in_front(
        made,
        "prompts/get",
        types.GetPromptRequestParams,
        get_prompt,
        lambda params: params.name in names,
    )
    in_front(
        made,
        "completion/complete",
        types.CompleteRequestParams,
        complete,
        lambda params: getattr(params.ref, "name", "") in names,
    )
