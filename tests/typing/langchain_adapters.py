"""What users of `minimax_adapters.langchain` write; checked by mypy, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_type

import httpx
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import ModelRateLimitError
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel
from langchain_core.tools import BaseTool, tool
from langchain_core.vectorstores import InMemoryVectorStore
from pydantic import BaseModel, SecretStr
from typing_extensions import TypedDict

from minimax_adapters.api import Audio, AudioChunk, RateLimit, Voice
from minimax_adapters.langchain import (
    ChatMiniMax,
    MiniMaxEmbeddings,
    MiniMaxError,
    MiniMaxInterruptedReplyError,
    MiniMaxRateLimitError,
    MiniMaxSpeech,
    MiniMaxSpeechTool,
    audio_block,
    cost_of_reply,
    register_with_langchain,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages.content import AudioContentBlock
    from langchain_core.runnables import RunnableConfig


@tool
def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return f"Sunny in {city}."


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class City(TypedDict):
    """A city."""

    name: str


def construct() -> list[BaseChatModel]:
    """Make models in the ways of the documentation and of other classes."""
    register_with_langchain()
    return [
        ChatMiniMax(),
        ChatMiniMax(model="MiniMax-M3", temperature=0.2, api_key="k", max_retries=2),
        ChatMiniMax(model_name="MiniMax-M3", minimax_api_key=SecretStr("k"), request_timeout=30),
        ChatMiniMax(api_key=lambda: "k", timeout=httpx.Timeout(30), region="cn"),
        ChatMiniMax(rate_limit=RateLimit(60), rate_limiter=InMemoryRateLimiter()),
        ChatMiniMax(cache=InMemoryCache(), thinking=False, output_version="v1", streaming=True),
    ]


def ask(chat: ChatMiniMax, config: RunnableConfig) -> str:
    """Ask, stream and batch."""
    reply = chat.invoke([SystemMessage("Be brief."), HumanMessage("Hello!")], config)
    assert_type(reply, AIMessage)
    assert_type(cost_of_reply(reply), float | None)
    for chunk in chat.stream("Hello!", stop=["."]):
        assert_type(chunk, AIMessageChunk)
    for answer in chat.batch(["Hello!", "Hi!"]):
        assert_type(answer, AIMessage)
    assert_type(chat.model_copy(update={"timeout": 5}), ChatMiniMax)
    return reply.text


async def ask_async(chat: ChatMiniMax) -> None:
    """Ask and stream asynchronously."""
    assert_type(await chat.ainvoke("Hello!"), AIMessage)
    async for chunk in chat.astream("Hello!"):
        assert_type(chunk, AIMessageChunk)


def compose(chat: ChatMiniMax) -> list[Runnable[Any, Any]]:
    """Pipe it, bind it, and let it fall back."""
    prompt = ChatPromptTemplate.from_messages([("user", "{question}")])
    text = prompt | chat | StrOutputParser()
    assert_type(text.invoke({"question": "Hello!"}), str)
    tools: list[BaseTool] = [get_weather, MiniMaxSpeechTool(voice="English_Graceful_Lady")]
    careful = chat.with_fallbacks(
        [ChatMiniMax(model="MiniMax-M2.7")], exceptions_to_handle=(ModelRateLimitError,)
    )
    return [
        text,
        careful,
        chat.bind(max_tokens=500),
        chat.bind_tools(tools, tool_choice="any"),
        chat.bind_tools([get_weather, Person, City, {"type": "function", "function": {}}]),
        chat.with_retry(stop_after_attempt=2),
        chat.with_structured_output(Person),
        chat.with_structured_output(City, method="function_calling", include_raw=True),
        chat.with_structured_output(Person.model_json_schema(), strict=True),
        prompt | chat | JsonOutputParser(pydantic_object=Person),
        RunnableParallel(text=text, raw=prompt | chat),
        chat.with_config(tags=["a"]) | RunnableLambda(lambda message: message.text),
    ]


def embed(embeddings: MiniMaxEmbeddings) -> Embeddings:
    """Embed and search."""
    assert_type(embeddings.embed_documents(["a", "b"]), list[list[float]])
    assert_type(embeddings.embed_query("a"), list[float])
    store = InMemoryVectorStore(MiniMaxEmbeddings(show_progress=True, chunk_size=10))
    store.add_texts(["a"])
    store.as_retriever(search_kwargs={"k": 4})
    return embeddings


def speak(chat: ChatMiniMax, speech: MiniMaxSpeech) -> AudioContentBlock:
    """Speak whole answers, answers that are being written, and agents."""
    audio = speech.invoke("Good morning!", speed=1.2)
    assert_type(audio, Audio)
    for chunk in speech.stream(AIMessage("Good morning!")):
        assert_type(chunk, AudioChunk)
    spoken: Iterator[AudioChunk] = (chat | speech).stream("What is 6 times 7?")
    assert_type(b"".join(chunk.data for chunk in spoken), bytes)
    agent = create_agent(chat, [get_weather])
    question: Any = {"messages": [HumanMessage("Weather in Paris?")]}
    for chunk in speech.transform(agent.stream(question, stream_mode="messages")):
        assert_type(chunk, AudioChunk)
    assert_type(speech.voices(), list[Voice])
    return audio_block(audio)


async def speak_async(chat: ChatMiniMax, speech: MiniMaxSpeech) -> None:
    """The same, asynchronously."""
    assert_type(await speech.ainvoke("Good morning!"), Audio)
    spoken: AsyncIterator[AudioChunk] = (chat | speech).astream("What is 6 times 7?")
    async for chunk in spoken:
        assert_type(chunk, AudioChunk)
    agent = create_agent(chat, [get_weather])
    question: Any = {"messages": [HumanMessage("Weather in Paris?")]}
    async for chunk in speech.atransform(agent.astream(question, stream_mode="messages")):
        assert_type(chunk, AudioChunk)


def failing(chat: ChatMiniMax) -> object:
    """Look at errors."""
    try:
        chat.invoke("Hello!")
    except MiniMaxRateLimitError as error:
        assert_type(error.code, int | None)
    except MiniMaxInterruptedReplyError as error:
        return error.partial
    except MiniMaxError as error:
        assert_type(error.retryable, bool)
    return None
