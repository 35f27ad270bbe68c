"""`ChatMiniMax`: MiniMax's chat models as a LangChain chat model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from langchain_core.language_models import model_profile
from pydantic import ConfigDict, model_validator
from typing_extensions import override

from minimax_adapters._docstrings import with_arguments
from minimax_adapters._sealing import seal
from minimax_adapters._version import __version__
from minimax_adapters.langchain import _blocks, _loading
from minimax_adapters.langchain._arguments import (
    CHAT_SYNONYMS,
    WITHOUT_EFFECT,
    Names,
    canonical,
)
from minimax_adapters.langchain._chat_fields import ChatFields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from langchain_core.language_models import LanguageModelInput
    from langchain_core.language_models.base import LangSmithParams
    from langchain_core.language_models.model_profile import ModelProfile
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool

    from minimax_adapters.api import ChatRequest

_PROFILE_KEYS: Final = (
    model_profile.ModelProfile.__required_keys__ | model_profile.ModelProfile.__optional_keys__
)


@cache
def _names_of(owner: type[ChatMiniMax]) -> Names:
    return Names(owner.model_fields, CHAT_SYNONYMS, WITHOUT_EFFECT)


@cache
def _profiles() -> Callable[[str], ModelProfile | None]:
    # Late, as it is slow to import; once, as each import statement takes its time, too.
    from minimax_adapters.langchain._profiles import langchain_profile  # noqa: PLC0415 - slow to import

    return langchain_profile


@with_arguments
class ChatMiniMax(ChatFields):
    """MiniMax's chat models, to be swapped in for any other LangChain chat model.

    `.content` is a plain string without thinking. Thinking is a `reasoning` block of
    `.content_blocks`, streamed as it comes, and goes back to MiniMax with the history, which
    agents need. With `output_version="v1"` the blocks are the content.

    Arguments are also accepted under the names of `ChatOpenAI` and of the community's
    `MiniMaxChat`; an unknown one is an error. Errors are those of
    `minimax_adapters.langchain.errors`, which are LangChain's as well.

    Nothing opens before the first call; instances may be shared by threads and event loops,
    pickled, copied, and used after `fork`.

    Example:
        >>> from minimax_adapters.langchain import ChatMiniMax
        >>> model = ChatMiniMax(model="MiniMax-M3", temperature=0.2)
        >>> reply = model.invoke("Which river flows through Paris?")
        >>> isinstance(reply.content, str)
        True
        >>> chunks = list(model.stream("Count to three."))
        >>> chunks[-1].usage_metadata["total_tokens"] > 0
        True
    """

    model_config = ConfigDict(defer_build=False)

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - passed on as it came
        seal(arguments, type(self))
        owner = type(self)
        super().__init__(**canonical(owner.__name__, arguments, _names_of(owner)))
        self._connect()  # So that a missing key is reported here.

    @model_validator(mode="after")
    def _add_minimax_version(self) -> ChatMiniMax:
        self._add_version("minimax-adapters", __version__)
        return self

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # What the catalogue says of the model would hide which model it is.
        if "model" in self.__dict__:  # Crash reports show objects that are half made.
            yield "model", self.model
        for name, value in super().__repr_args__():
            if name not in {"model", "profile"}:
                yield name, value

    # Identity

    @property
    def model_name(self) -> str:
        """The model, by ChatOpenAI's name."""
        return self.model

    @property
    def _llm_type(self) -> str:
        return "minimax-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"base_url": self.base_url, **self._parameters()}

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The argument that is a secret, and the variable that holds it."""
        return {"api_key": "MINIMAX_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: `dumps()` and `loads()` work, without the key."""
        return True

    def _resolve_model_profile(self) -> ModelProfile | None:
        return _profiles()(self.model)

    @model_validator(mode="after")
    def _check_profile_keys(self) -> ChatMiniMax:
        # langchain-core evaluates type hints to know the keys: a third of the time that it takes to
        # make a model.
        if not _PROFILE_KEYS.issuperset(self.profile or ()):
            super()._check_profile_keys()  # type: ignore[operator]  # pydantic makes it a method
        return self

    def _get_ls_params(
        self,
        stop: list[str] | None = None,
        **kwargs: Any,  # noqa: ANN401 - passed on as it came
    ) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = "minimax"
        if model := kwargs.get("model") or kwargs.get("model_name"):
            params["ls_model_name"] = model
        if stop := stop or self._stops():
            params["ls_stop"] = stop
        return params

    # Calls

    def _request(
        self, messages: list[BaseMessage], stop: list[str] | None, arguments: Mapping[str, Any]
    ) -> ChatRequest:
        from minimax_adapters.langchain._requests import build_request  # noqa: PLC0415 - slow to import

        extra = {"extra_body": self.extra_body, "model_kwargs": self.model_kwargs}
        fields = {**self._parameters(), **extra}
        return build_request(fields, messages, stop, arguments, type(self).model_fields)

    # Tools and structured output

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | Mapping[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,  # noqa: ANN401 - passed on as it came
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools.

        Args:
            tools: Tools, functions, pydantic models, TypedDicts, JSON schemas, or OpenAI's form.
            tool_choice: `auto`, `none`, `any` or `required`, the name of a tool, or a named
                choice of OpenAI's or Anthropic's form. Only `auto` is reliable on every model.
            strict: Close the schemas and require every member. MiniMax does not enforce it.
            **kwargs: Further arguments of each call.

        Raises:
            InvalidInputError: A tool is no function, or the choice names none of them.
        """
        from minimax_adapters.langchain._tools import (  # noqa: PLC0415 - slow to import
            tool_choice_to_wire,
            tools_to_wire,
        )

        wire = tools_to_wire(tools, strict=strict)
        choice = tool_choice_to_wire(tool_choice, wire)
        if choice is not None:
            kwargs["tool_choice"] = choice
        return self.bind(tools=wire, **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,  # noqa: ANN401 - passed on as it came
    ) -> Runnable[LanguageModelInput, Any]:
        """Return a runnable whose answers have the shape of `schema`.

        MiniMax does not enforce `response_format`, so the answer is asked for and checked here:
        by a tool call where the model can be told to make one, otherwise by instruction. JSON
        in the text is read in either case, also inside a code fence. A stream yields what there
        is so far, and is checked at its end.

        Args:
            schema: A pydantic class, a TypedDict, a JSON Schema, or a function in OpenAI's form.
                It may be left out with `json_mode` only.
            method: `function_calling` always uses a tool, `json_mode` always an instruction,
                `json_schema` what works best with the model.
            include_raw: Return a dict with `raw`, `parsed` and `parsing_error`.
            strict: Close the schema and require every member.
            **kwargs: Further arguments of each call.

        Raises:
            OutputParserException: When called: the answer is not what was asked for, or was
                cut off; its `llm_output` holds what the model wrote.
        """
        from minimax_adapters.langchain._structured import structured  # noqa: PLC0415 - slow to import

        return structured(
            self, schema, method, include_raw=include_raw, strict=strict, arguments=kwargs
        )

    # Tokens

    def get_num_tokens(self, text: str) -> int:
        """Return an estimate of the tokens of `text`, rather too high than too low.

        MiniMax publishes no tokenizer: three bytes of UTF-8 are taken for a token. Pass
        `custom_get_token_ids` to count otherwise.
        """
        if self.custom_get_token_ids is not None:
            return len(self.custom_get_token_ids(text))
        from minimax_adapters.api import estimate_tokens  # noqa: PLC0415 - brings httpx, which is slow to import

        return estimate_tokens(text)

    @override
    def get_num_tokens_from_messages(
        self,
        messages: list[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
        **kwargs: Any,
    ) -> int:
        """Return an estimate of the tokens of a conversation, with thinking, tools and images.

        Text as in `get_num_tokens()`; images at the upper end of MiniMax's rough figures: 600
        tokens for low detail, 5,000 by default, 15,000 for high detail and for videos.
        """
        from minimax_adapters.langchain._tokens import tokens_of  # noqa: PLC0415 - slow to import

        return tokens_of(messages, tools, self.get_num_tokens)


_blocks.register()
_loading.register(ChatMiniMax)
