"""Structured output that is enforced here, since MiniMax does not enforce it."""

from __future__ import annotations

import json
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from langchain_core.exceptions import OutputParserException
from langchain_core.output_parsers import BaseCumulativeTransformOutputParser
from langchain_core.outputs import ChatGeneration
from langchain_core.runnables import RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel, Field, ValidationError
from pydantic.v1 import BaseModel as BaseModelV1
from pydantic.v1 import ValidationError as ValidationErrorV1
from typing_extensions import override

from minimax_adapters.api.profiles import profile_of
from minimax_adapters.langchain._json_text import found_in
from minimax_adapters.langchain._replies import ANSWER_OFFSET
from minimax_adapters.langchain._schema import problems_of
from minimax_adapters.langchain.errors import MiniMaxConfigurationError, MiniMaxContentFilterError

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import Generation
    from langchain_core.runnables import Runnable

    from minimax_adapters.langchain.chat_model import ChatMiniMax

_METHODS: Final = ("json_schema", "function_calling", "json_mode")
_UNNAMED: Final = "answer"
_FILTERED: Final = 1027
_READABLE: Final = 500
# Objects of one text that are compared with the schema.
_TRIED: Final = 32
_CUT_OFF: Final = (
    "The answer was cut off at max_tokens (finish_reason 'length'). Raise max_tokens, in which"
    " thinking counts as well, or ask for a shorter answer."
)


class _MisfitError(ValueError):
    """A JSON Schema does not allow it."""


_UNFIT: Final = (ValidationError, ValidationErrorV1, RecursionError, _MisfitError)


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
    is so far. With the last chunk, the whole answer is validated as if it had not been streamed.
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
        return self._answer(*_values_in(text, cut=False), text, cut=False)

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Return the answer in a message.

        Raises:
            OutputParserException: There is none, it was cut off, or it is not what was asked
                for. `llm_output` holds what the model wrote.
            MiniMaxContentFilterError: There is none, as MiniMax filtered it.
        """
        generation = result[0]
        if not isinstance(generation, ChatGeneration):
            return self.parse(generation.text)
        message: Any = generation.message
        if partial and not _is_whole(message):
            return self._so_far(message)
        reason = message.response_metadata.get("finish_reason")
        cut = reason == "length"
        values, problem = self._values(message, cut=cut)
        if not values and reason == "content_filter":
            raise MiniMaxContentFilterError(
                "MiniMax filtered the answer",
                _FILTERED,
                advice="Change the input; the answer to it was filtered.",
            )
        return self._answer(values, problem, _raw(message), cut=cut)

    def _values(self, message: AIMessage, *, cut: bool) -> tuple[list[Any], str]:
        """Return what may be the answer, the likeliest first, and what is wrong if nothing is."""
        for call in message.tool_calls:
            if call["name"] == self.name_of_tool:
                return [call["args"]], ""
        if any(call["name"] == self.name_of_tool for call in message.invalid_tool_calls):
            name = self.name_of_tool
            return [], f"The arguments of the model's call of {name!r} are no JSON object."
        # Before it is thinking that a stream has taken for the answer.
        begin = message.response_metadata.get(ANSWER_OFFSET, 0)
        return _values_in(str(message.text)[begin:], cut=cut)

    def _so_far(self, message: AIMessage) -> object:
        """Return what there is of an answer that goes on, None if there is nothing to show."""
        called = [call["args"] for call in message.tool_calls if call["name"] == self.name_of_tool]
        if called:
            return called[0] if self.model is None else self._if_it_fits(called[0])
        found = found_in(str(message.text), ended=False)
        for value in islice(found.values, _TRIED):
            if (answer := self._if_it_fits(value)) is not None:
                return answer
        value = None if found.rest is None else found.rest.so_far()
        return value if value is None or self.model is None else self._if_it_fits(value)

    def _if_it_fits(self, value: object) -> object:
        try:
            return self._checked(value)
        except _UNFIT:
            return None

    def _answer(self, values: list[Any], problem: str, raw: str, *, cut: bool) -> object:
        """Return the first of `values` that is what was asked for.

        Raises:
            OutputParserException: None is; it says what is wrong with the first, or `problem`.
        """
        cause: BaseException | None = None
        for value in islice(values, _TRIED):
            try:
                return self._checked(value)
            except _UNFIT as error:
                cause = cause or error
        if cause is not None:
            expected = "The answer does not fit the schema"
            if self.model is not None:
                expected = f"The answer is no valid {self.model.__name__}"
            problem = f"{expected}: {cause}"
        text = " ".join(filter(None, [_CUT_OFF if cut else "", problem]))
        if raw:
            text += f"\nThe model wrote: {_start_of(raw)}"
        raise OutputParserException(text, llm_output=raw) from cause

    def _checked(self, value: object) -> object:
        """Return `value` as what was asked for, or raise one of `_UNFIT`."""
        if self.model is None:
            if problems := problems_of(value, self.parameters):
                raise _MisfitError("; ".join(problems[:5]))
            return value
        old = issubclass(self.model, BaseModelV1)
        instance: BaseModel | BaseModelV1 = (
            self.model.parse_obj(value) if old else self.model.model_validate(value)
        )
        return instance


def _is_whole(message: Any) -> bool:  # noqa: ANN401 - a message, or what LangChain makes of one
    """Return whether nothing follows: it is the last chunk, or no chunk at all."""
    return message.type == "ai" or getattr(message, "chunk_position", None) == "last"


def _values_in(text: str, *, cut: bool) -> tuple[list[Any], str]:
    """Return the JSON in `text`, and what is wrong if there is none."""
    found = found_in(text, ended=not cut)
    if found.rest is None:
        return found.values, "" if cut else "The model answered without valid JSON."
    if cut:
        # What stands before the answer that was cut off is something else.
        return [], ""
    return found.values, "The JSON in the model's answer does not end."


def _raw(message: AIMessage) -> str:
    """Return what the model wrote: its text, and the arguments of its calls."""
    written = [str(message.text)]
    written += [json.dumps(call["args"], ensure_ascii=False) for call in message.tool_calls]
    written += [call["args"] or "" for call in message.invalid_tool_calls]
    return "\n".join(filter(None, written))


def _start_of(text: str) -> str:
    return text if len(text) <= _READABLE else text[:_READABLE] + " ..."


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
    # All at once, also while streaming: a fallback stands in until the first chunk only.
    at_once = RunnableLambda(parsed.invoke, parsed.ainvoke, name="parsed")
    unparsed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | at_once.with_fallbacks(
        [unparsed], exception_key="parsing_error"
    )
