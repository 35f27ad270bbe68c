"""What users of `minimax_adapters.llama_index` write; checked by mypy, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

from llama_index.core.base.llms.types import AudioBlock, LLMMetadata
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import FunctionTool
from pydantic import SecretStr

from minimax_adapters.api import Audio
from minimax_adapters.llama_index import (
    MiniMax,
    MiniMaxEmbedding,
    MiniMaxSpeech,
    MiniMaxToolSpec,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.base.llms.types import ChatResponse
    from llama_index.core.llms import LLM
    from llama_index.core.llms.function_calling import FunctionCallingLLM


def made() -> tuple[LLM, FunctionCallingLLM, BaseEmbedding]:
    """Make them in the ways that are documented."""
    MiniMax("MiniMax-M3", api_key="k", temperature=0.5, stop="END", thinking=False)
    MiniMax(model="MiniMax-M2", api_key=SecretStr("k"), reasoning_effort="low", max_retries=2)
    MiniMax(api_key=lambda: "k", api_base="https://api.minimax.cn/v1", timeout=30.0)
    MiniMax(model_name="MiniMax-M9", stop_sequences=["END"], max_completion_tokens=9, region="cn")
    MiniMaxSpeech(voice="x", headers={"X-Team": "blue"}, base_url="https://api.minimax.io")
    MiniMax(temprature=0.5)  # type: ignore[call-arg]  # a typing checker sees the mistake
    MiniMaxEmbedding(temprature=0.5)  # type: ignore[call-arg]  # likewise
    MiniMaxSpeech(vocie="x")  # type: ignore[call-arg]  # likewise
    return MiniMax(), MiniMax(), MiniMaxEmbedding("embo-01", embed_batch_size=8, num_workers=2)


def used(llm: MiniMax, response: ChatResponse) -> None:
    """Use the chat model."""
    assert_type(llm.metadata, LLMMetadata)
    assert_type(llm.get_tool_calls_from_response(response), list[ToolSelection])


async def spoken(speech: MiniMaxSpeech) -> None:
    """Use the voice."""
    assert_type(speech.speak("Hello."), Audio)
    assert_type(await speech.aspeak("Hello."), Audio)
    assert_type(speech("Hello."), AudioBlock)
    assert_type(b"".join(speech.stream(["Hello."])), bytes)
    pieces: AsyncIterator[bytes] = speech.astream("Hello.")
    assert_type(await anext(pieces), bytes)
    assert_type(MiniMaxToolSpec(speech).to_tool_list(), list[FunctionTool])
    assert_type(await MiniMaxEmbedding().aget_query_embedding("Where?"), list[float])
