"""Structured output that is enforced here, since MiniMax does not enforce it."""

from __future__ import annotations

import json
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from langchain_core.exceptions import OutputParserException
from langchain_core.output_parsers import BaseCumulativeTransformOutputParser
from langchain_core.outputs import ChatGeneration
from langchain_core.runnables import RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_core.utils.json import parse_partial_json
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, Field, ValidationError
from pydantic.v1 import BaseModel as BaseModelV1
from pydantic.v1 import ValidationError as ValidationErrorV1
from typing_extensions import override

from minimax_adapters.api.profiles import profile_of
from minimax_adapters.langchain._schema import problems_of
from minimax_adapters.langchain.errors import MiniMaxConfigurationError, MiniMaxContentFilterError

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import Generation
    from langchain_core.runnables import Runnable

    from minimax_adapters.langchain.chat_model import ChatMiniMax

_METHODS: Final = ("json_schema", "function_calling", "json_mode")
_THOUGHT: Final = re.compile(r"<((?:mm:)?think)>.*?</\1>", re.DOTALL)
_FENCE: Final = re.compile(r"```(?:[\w-]*)\s*\n?(.*?)(?:```|$)", re.DOTALL)
_UNNAMED: Final = "answer"
_FILTERED: Final = 1027
_READABLE: Final = 500


class Schema:
    """What the answer has to look like.

    Attributes:
        given: The schema as the user gave it.
        tool: The schema as a function, in OpenAI's form.
        name: Name of that function.
        parameters: JSON Schema of the answer.
        model: The pydantic class, if that is what was given.
    """

    def __init__(self, given: dict[str, Any] | type, *, strict: bool | None) -> None:
        self.given = given
        self.tool = convert_to_openai_tool(_named(given), strict=strict)
        function = self.tool["function"]
        self.name: str = function["name"]
        self.parameters: dict[str, Any] = function.get("parameters") or {"type": "object"}
        is_model = isinstance(given, type) and is_basemodel_subclass(given)
        self.model: Any = given if is_model else None


def _named(schema: dict[str, Any] | type) -> dict[str, Any] | type:
    """Return the schema with a name: a tool needs one, a JSON Schema often has none."""
    if not isinstance(schema, dict) or {"title", "name", "function", "toolSpec"} & set(schema):
        return schema
    return {"title": _UNNAMED, **schema}


class StructuredOutputParser(BaseCumulativeTransformOutputParser[Any]):
    """Reads the answer from the tool call, else from JSON in the text, and validates it.

    With a pydantic class it returns an instance, otherwise a dict; while streaming, what there
    is so far.
    """

    name_of_tool: str = _UNNAMED
    parameters: dict[str, Any] = Field(default_factory=dict)
    model: Any = None

    @property
    def _type(self) -> str:
        return "minimax_structured_output"

    @override
    def parse(self, text: str) -> Any:
        """Return the answer in `text`.

        Raises:
            OutputParserException: It is not JSON, or not what was asked for.
        """
        return self._validated(_json_in(text, partial=False), text)

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Return the answer in a message.

        Raises:
            OutputParserException: There is none, or not what was asked for. `llm_output` holds
                what the model wrote.
            MiniMaxContentFilterError: There is none, as MiniMax filtered it.
        """
        generation = result[0]
        if not isinstance(generation, ChatGeneration):
            return self.parse(generation.text)
        message: Any = generation.message
        answer = self._called(message)
        if answer is None:
            answer = _json_in(str(message.text), partial=partial)
        if partial:
            return self._validated_so_far(answer)
        if answer is None and message.response_metadata.get("finish_reason") == "content_filter":
            raise MiniMaxContentFilterError(
                "MiniMax filtered the answer",
                _FILTERED,
                advice="Change the input; the answer to it was filtered.",
            )
        return self._validated(answer, _raw(message))

    def _called(self, message: AIMessage) -> dict[str, Any] | None:
        for call in message.tool_calls:
            if call["name"] == self.name_of_tool:
                return call["args"]
        return None

    def _validated_so_far(self, answer: object) -> object:
        if self.model is None or answer is None:
            return answer
        try:
            return self._instance(answer)
        except (ValidationError, ValidationErrorV1):
            return None

    def _validated(self, answer: object, raw: str) -> object:
        if answer is None:
            text = f"The model answered without JSON: {_start_of(raw)}"
            raise OutputParserException(text, llm_output=raw)
        if self.model is not None:
            try:
                return self._instance(answer)
            except (ValidationError, ValidationErrorV1) as error:
                name = self.model.__name__
                text = f"The answer is no valid {name}: {error}\nThe model wrote: {_start_of(raw)}"
                raise OutputParserException(text, llm_output=raw) from error
        if problems := problems_of(answer, self.parameters):
            found = "; ".join(problems[:5])
            text = (
                f"The answer does not fit the schema: {found}.\nThe model wrote: {_start_of(raw)}"
            )
            raise OutputParserException(text, llm_output=raw)
        return answer

    def _instance(self, answer: object) -> BaseModel | BaseModelV1:
        old = issubclass(self.model, BaseModelV1)
        instance: BaseModel | BaseModelV1 = (
            self.model.parse_obj(answer) if old else self.model.model_validate(answer)
        )
        return instance


def _raw(message: AIMessage) -> str:
    """Return what the model wrote: its text, and the arguments of its calls."""
    written = [str(message.text)]
    written += [json.dumps(call["args"], ensure_ascii=False) for call in message.tool_calls]
    written += [call["args"] or "" for call in message.invalid_tool_calls]
    return "\n".join(filter(None, written))


def _start_of(text: str) -> str:
    return text if len(text) <= _READABLE else text[:_READABLE] + " ..."


def _json_in(text: str, *, partial: bool) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON object in `text`, also inside a code fence or among words; else None."""
    text = _THOUGHT.sub("", text).strip()
    candidates = [text, *(match[1].strip() for match in _FENCE.finditer(text))]
    for candidate in candidates:
        try:
            found = json.loads(candidate, strict=False)
        except ValueError:
            continue
        if isinstance(found, dict | list):
            return found
    start = text.find("{")
    if start < 0:
        return None
    if partial:
        found = parse_partial_json(text[start:]) if text[start:].count("{") else None
        return found if isinstance(found, dict) else None
    while start >= 0:
        try:
            return json.JSONDecoder(strict=False).raw_decode(text, start)[0]
        except ValueError:
            start = text.find("{", start + 1)
    return None


def structured(  # noqa: PLR0913 - the arguments of with_structured_output()
    model: ChatMiniMax,
    given: dict[str, Any] | type | None,
    method: str,
    *,
    include_raw: bool,
    strict: bool | None,
    arguments: dict[str, Any],
) -> Runnable[LanguageModelInput, Any]:
    """Return `model` with answers in the shape of `given`; see `with_structured_output()`.

    Raises:
        ConfigurationError: The method is unknown, or there is no schema.
    """
    if method not in _METHODS:
        known = ", ".join(map(repr, _METHODS))
        raise MiniMaxConfigurationError(f"method is {method!r}: use one of {known}.")
    if given is None and method != "json_mode":
        raise MiniMaxConfigurationError("Give a schema: only method='json_mode' works without.")
    schema = None if given is None else Schema(given, strict=strict)
    trace = {
        "kwargs": {"method": method, "strict": strict},
        "schema": {} if schema is None else schema.tool,
    }
    bound: Runnable[LanguageModelInput, AIMessage]
    if schema is None:
        bound = model.bind(
            response_format={"type": "json_object"}, ls_structured_output_format=trace, **arguments
        )
        return with_parser(bound, StructuredOutputParser(), include_raw=include_raw)
    parser = StructuredOutputParser(
        name_of_tool=schema.name, parameters=schema.parameters, model=schema.model
    )
    if method == "function_calling" or (method == "json_schema" and _obeys_choice(model)):
        bound = model.bind_tools(
            [schema.tool], tool_choice=schema.name, ls_structured_output_format=trace, **arguments
        )
    else:
        described = {"name": schema.name, "schema": schema.parameters}
        bound = model.bind(
            response_format={"type": "json_schema", "json_schema": described},
            ls_structured_output_format=trace,
            **arguments,
        )
    return with_parser(bound, parser, include_raw=include_raw)


def _obeys_choice(model: ChatMiniMax) -> bool:
    """Return whether the model can be made to call a tool (observed).

    M3 does so while it thinks; M3.1-Flash, the one with levels of effort, often does not.
    """
    profile = profile_of(model.model)
    thinking = model.thinking["type"] if isinstance(model.thinking, dict) else model.thinking
    silent = profile.thinking == "switchable" and thinking in {"disabled", False}
    return profile.tool_calling and not profile.reasoning_effort and not silent


def with_parser(
    model: Runnable[LanguageModelInput, AIMessage],
    parser: StructuredOutputParser,
    *,
    include_raw: bool,
) -> Runnable[LanguageModelInput, Any]:
    """Return `model` with its answer parsed, or with answer, result and error side by side."""
    if not include_raw:
        return model | parser
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    unparsed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([unparsed], exception_key="parsing_error")
