"""What users of `minimax_adapters.llama_index` write; checked by mypy, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

from llama_index.core import Settings, VectorStoreIndex
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import AudioBlock, ChatMessage, ChatResponse, LLMMetadata
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel, SecretStr

from minimax_adapters.api import Audio, MiniMaxError
from minimax_adapters.llama_index import (
    MiniMax,
    MiniMaxEmbedding,
    MiniMaxSpeech,
    MiniMaxToolSpec,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llama_index.core.base.embeddings.base import BaseEmbedding
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


class Person(BaseModel):
    """A person."""

    name: str


def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return f"Sunny in {city}."


def programs(llm: MiniMax, embedding: MiniMaxEmbedding) -> None:
    """Write what LlamaIndex's own pages show."""
    Settings.llm, Settings.embed_model = llm, embedding
    question = ChatMessage(role="user", content="Hello!")
    # LlamaIndex's decorators leave Any, so that programs need no assert before these.
    shown = [llm.chat([question]).message.content.strip(), llm.complete("Hello!").text]
    shown.append(llm.chat([question]).raw["usage"]["total_tokens"])
    shown.extend(chunk.delta + "" for chunk in llm.stream_chat([question]))
    prompt = PromptTemplate("Return the person: {text}")
    person: Person = llm.structured_predict(Person, prompt, text="Anna")
    assert person.name
    tool = FunctionTool.from_defaults(get_weather)
    response: ChatResponse = llm.chat_with_tools([tool], user_msg="Weather?")
    llm.get_tool_calls_from_response(response)
    nodes = IngestionPipeline(transformations=[SentenceSplitter(), embedding]).run(documents=[])
    engine = VectorStoreIndex([*nodes], embed_model=embedding).as_query_engine(llm=llm)
    str(engine.query("Where?"))


async def agents(llm: MiniMax, embedding: MiniMaxEmbedding, speech: MiniMaxSpeech) -> None:
    """Run agents, and hear them."""
    shown = [(await llm.achat([ChatMessage(content="Hello!")])).message.content.strip()]
    question = ChatMessage(content="Hello!")
    shown.extend([chunk.delta + "" async for chunk in await llm.astream_chat([question])])
    agent = FunctionAgent(tools=[get_weather], llm=llm)
    run = agent.run("Weather?")
    async for data in speech.astream(run):
        assert_type(data, bytes)
    async for data in speech.astream(agent.run("Weather?").stream_events()):
        assert_type(data, bytes)
    async for data in speech.astream(await llm.astream_chat([ChatMessage(content="Hello!")])):
        assert_type(data, bytes)
    await AgentWorkflow(agents=[agent]).run(user_msg="Weather?")
    await ReActAgent(tools=[get_weather], llm=llm).run("Weather?")
    FunctionAgent(tools=[*MiniMaxToolSpec(speech).to_tool_list()], llm=llm)
    try:
        vectors = await embedding.aget_text_embedding_batch(["a", "b"])
    except MiniMaxError as error:
        vectors = await embedding.aget_text_embedding_batch(["a", "b"], resume=error)
    assert_type(vectors, list[list[float]])
