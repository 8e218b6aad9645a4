"""Tools and a prompt that want input first, in one round or several."""

from typing import Any, Final

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

from apps.mcp.extras import Extra
from tests.support.conformance.fitting import Answer, Ctx, said, tool

Params = types.CallToolRequestParams
Reply = types.CallToolResult | types.InputRequiredResult


def question(message: str, field: str, kind: str = "string") -> types.ElicitRequest:
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    params = types.ElicitRequestFormParams(message=message, requested_schema=schema)
    return types.ElicitRequest(params=params)


def sample(text: str) -> types.CreateMessageRequest:
    message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text=text))
    params = types.CreateMessageRequestParams(messages=[message], max_tokens=100)
    return types.CreateMessageRequest(params=params)


def wanted(state: str | None = None, **requests: Any) -> types.InputRequiredResult:
    return types.InputRequiredResult(input_requests=requests, request_state=state)


def given(params: Any, *names: str) -> dict[str, Any] | None:
    """The responses of these names; None unless all are there."""
    responses = params.input_responses or {}
    return responses if all(name in responses for name in names) else None


async def name(ctx: Ctx, params: Params) -> Reply:
    found = given(params, "user_name")
    if found is None:
        return wanted(user_name=question("What is your name?", "name"))
    return said(f"Hello, {(found['user_name'].content or {}).get('name')}!")


async def capital(ctx: Ctx, params: Params) -> Reply:
    found = given(params, "capital_question")
    if found is None:
        return wanted(capital_question=sample("What is the capital of France?"))
    return said(str(found["capital_question"].content))


async def roots(ctx: Ctx, params: Params) -> Reply:
    found = given(params, "client_roots")
    if found is None:
        return wanted(client_roots=types.ListRootsRequest())
    return said(f"Roots: {[str(root.uri) for root in found['client_roots'].roots]}")


async def state(ctx: Ctx, params: Params) -> Reply:
    if given(params, "confirm") is None or params.request_state != "sealed":
        return wanted("sealed", confirm=question("Please confirm", "ok", "boolean"))
    return said("state-ok")


async def several(ctx: Ctx, params: Params) -> Reply:
    if given(params, "user_name", "greeting", "client_roots") is None:
        return wanted(
            "several",
            user_name=question("What is your name?", "name"),
            greeting=sample("Generate a greeting"),
            client_roots=types.ListRootsRequest(),
        )
    return said("All three came.")


async def round_by_round(ctx: Ctx, params: Params) -> Reply:
    if given(params, "step2") is not None and params.request_state == "two":
        return said("Both rounds are done.")
    if given(params, "step1") is not None and params.request_state == "one":
        return wanted("two", step2=question("Step 2: What is your favorite color?", "color"))
    return wanted("one", step1=question("Step 1: What is your name?", "name"))


async def capable(ctx: Ctx, params: Params) -> Reply:
    if params.input_responses:
        return said("Thank you.")
    can, asked = ctx.session.client_capabilities, {}
    if can and can.sampling is not None:
        asked["sampled"] = sample("Say something")
    if can and can.elicitation is not None:
        asked["told"] = question("Say something", "words")
    return wanted(**asked) if asked else said("Nothing can be asked.")


async def streaming(ctx: Ctx, params: Params) -> Reply:
    return await name(ctx, params)


ANSWERS: Final[dict[str, Answer]] = {
    "test_input_required_result_elicitation": name,
    "test_input_required_result_sampling": capital,
    "test_input_required_result_list_roots": roots,
    "test_input_required_result_request_state": state,
    "test_input_required_result_multiple_inputs": several,
    "test_input_required_result_multi_round": round_by_round,
    "test_input_required_result_tampered_state": state,
    "test_input_required_result_capabilities": capable,
    "test_streaming_elicitation": streaming,
}
TOOLS: Final = tuple(Extra(tool(one)) for one in ANSWERS)


async def prompt(ctx: Ctx, params: types.GetPromptRequestParams) -> Any:
    found = given(params, "user_context")
    if found is None:
        return wanted(user_context=question("What context should the prompt use?", "context"))
    text = types.TextContent(type="text", text=f"Context: {found['user_context'].content}")
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=text)])


def seal(made: Server[Any]) -> None:
    """State travels sealed, by the product's own boundary where there is one."""
    if not any(isinstance(one, RequestStateBoundary) for one in made.middleware):
        security = RequestStateSecurity(keys=[b"conformance" * 4])
        made.middleware.append(RequestStateBoundary(security, default_audience=made.name))
