"""Ten small programs as they are written for OpenAI's classes; only the constructors differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core import Document, PromptTemplate, SummaryIndex, VectorStoreIndex
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.chat_engine.types import ChatMode
from llama_index.core.extractors import TitleExtractor
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.postprocessor import LLMRerank
from llama_index.core.query_engine import RouterQueryEngine
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import FunctionTool, QueryEngineTool
from pydantic import BaseModel, Field

from minimax_adapters.api import InvalidInputError, InvalidRequestError
from minimax_adapters.emulator import Emulator, Reply, ToolCall

if TYPE_CHECKING:
    from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding

TEXTS = ["The library opens at nine.", "Bread is baked from flour.", "Planes land in the evening."]
DOCUMENTS = [Document(text=text) for text in TEXTS]


class Invoice(BaseModel):
    """An invoice."""

    number: str = Field(description="Number of the invoice.")
    total: float


def multiply(a: float, b: float) -> float:
    """Multiply two numbers."""
    return a * b


def test_1_complete_and_stream(llm: MiniMax) -> None:
    """The first example of every tutorial."""
    answer = llm.complete("Hello!")
    streamed = "".join(chunk.delta or "" for chunk in llm.stream_complete("Hello!"))

    assert str(answer) == streamed


def test_2_chat_with_a_history(llm: MiniMax) -> None:
    """Roles and a follow-up."""
    messages = [
        ChatMessage(role="system", content="The library opens at nine."),
        ChatMessage(role="user", content="Hello!"),
    ]
    messages.append(llm.chat(messages).message)
    messages.append(ChatMessage(role="user", content="When does the library open?"))

    assert "nine" in str(llm.chat(messages))


def test_3_predict_with_a_template(llm: MiniMax) -> None:
    """As query engines do inside."""
    prompt = PromptTemplate("Context: The library opens at nine.\nQuestion: {question}\nAnswer: ")

    assert "nine" in llm.predict(prompt, question="When does the library open?")


def test_4_retrieval_augmented_generation(llm: MiniMax, embedding: MiniMaxEmbedding) -> None:
    """Index, query engine, streaming query engine."""
    index = VectorStoreIndex.from_documents(DOCUMENTS, embed_model=embedding)

    plain = index.as_query_engine(llm=llm, similarity_top_k=1)
    streaming = index.as_query_engine(llm=llm, similarity_top_k=1, streaming=True)

    assert "nine" in str(plain.query("When does the library open?"))
    assert "nine" in str(streaming.query("When does the library open?"))


def test_5_structured_extraction(llm: MiniMax) -> None:
    """From a text to an object."""
    prompt = PromptTemplate("Read the invoice: {text}")

    invoice = llm.structured_predict(Invoice, prompt, text="Invoice number A-17, total 12.50 euros")

    assert isinstance(invoice, Invoice)


async def test_6_an_agent_with_tools(llm: MiniMax) -> None:
    """The example of the agents' documentation."""
    agent = FunctionAgent(tools=[multiply], llm=llm, system_prompt="You can multiply.")

    assert "56" in str(await agent.run("What is 7 times 8?"))


async def test_7_a_workflow_of_agents(llm: MiniMax, emulator: Emulator) -> None:
    """Two agents, the second of which reasons in text."""
    emulator.script(
        Reply(
            tool_calls=[
                ToolCall(name="handoff", arguments={"to_agent": "writer", "reason": "to write"})
            ]
        ),
        Reply(thinking="Written.", text="Thought: I can answer.\nAnswer: Done."),
    )
    first = FunctionAgent(
        name="first", description="First.", llm=llm, tools=[multiply], can_handoff_to=["writer"]
    )
    writer = ReActAgent(name="writer", description="Writes.", llm=llm, tools=[multiply])

    assert str(await AgentWorkflow(agents=[first, writer], root_agent="first").run("Go")) == "Done."


def test_8_chat_engines(llm: MiniMax, embedding: MiniMaxEmbedding) -> None:
    """With and without documents."""
    index = VectorStoreIndex.from_documents(DOCUMENTS, embed_model=embedding)
    simple = SimpleChatEngine.from_defaults(llm=llm, memory=ChatMemoryBuffer.from_defaults())
    context = index.as_chat_engine(
        chat_mode=ChatMode.CONDENSE_PLUS_CONTEXT, llm=llm, memory=ChatMemoryBuffer.from_defaults()
    )

    assert str(simple.chat("Hello!"))
    assert "nine" in str(context.chat("When does the library open?"))
    assert "".join(context.stream_chat("And what is baked from flour?").response_gen)


def test_9_a_pipeline_with_a_model_in_it(llm: MiniMax, embedding: MiniMaxEmbedding) -> None:
    """Splitter, extractor, embeddings."""
    pipeline = IngestionPipeline(
        transformations=[SentenceSplitter(), TitleExtractor(llm=llm, nodes=1), embedding]
    )

    nodes = pipeline.run(documents=DOCUMENTS)

    assert all(node.embedding for node in nodes)
    assert all(node.metadata["document_title"] for node in nodes)


def test_10_routing_and_reranking(
    llm: MiniMax, embedding: MiniMaxEmbedding, emulator: Emulator
) -> None:
    """Programs that parse the model's text."""
    index = VectorStoreIndex.from_documents(DOCUMENTS, embed_model=embedding)
    summary = SummaryIndex.from_documents(DOCUMENTS)
    router = RouterQueryEngine(
        selector=LLMSingleSelector.from_defaults(llm=llm),
        llm=llm,
        query_engine_tools=[
            QueryEngineTool.from_defaults(index.as_query_engine(llm=llm), description="Facts."),
            QueryEngineTool.from_defaults(summary.as_query_engine(llm=llm), description="Summary."),
        ],
    )
    emulator.script(
        Reply(thinking="Facts.", text='[{"choice": 1, "reason": "It asks for a fact."}]')
    )

    assert "nine" in str(router.query("When does the library open?"))

    emulator.script(Reply(thinking="The first.", text="Doc: 1, Relevance: 9"))
    nodes = index.as_retriever(similarity_top_k=2).retrieve("When does the library open?")
    ranked = LLMRerank(llm=llm, top_n=1).postprocess_nodes(nodes, query_str="library hours")
    assert [node.get_content() for node in ranked] == [nodes[0].get_content()]


def test_an_image_question(llm: MiniMax, emulator: Emulator) -> None:
    """Blocks as the multi-modal examples write them."""
    message = ChatMessage(
        role="user",
        blocks=[
            TextBlock(text="What is this?"),
            ImageBlock(url="https://images.example.org/cat.png"),
        ],
    )

    assert llm.chat([message]).message.content
    assert emulator.requests[-1].json["messages"][0]["content"][1]["type"] == "image_url"


def test_an_image_for_a_model_that_reads_text(llm: MiniMax, emulator: Emulator) -> None:
    """MiniMax's own refusal does not say what to do; a model of unknown skill is asked."""
    message = ChatMessage(
        role="user", blocks=[ImageBlock(url="https://images.example.org/cat.png")]
    )

    with pytest.raises(InvalidInputError, match="Ask MiniMax-M3"):
        llm.chat([message], model="MiniMax-M2")
    assert not emulator.requests
    with pytest.raises(InvalidRequestError):
        llm.chat([message], model="my-own-vision-model")
    emulator.clear()  # The schema of requests knows MiniMax's own models only.


def test_tool_calls_by_hand(llm: MiniMax) -> None:
    """The loop of the function calling guide."""
    tools: list[Any] = [FunctionTool.from_defaults(multiply)]
    history = [ChatMessage(role="user", content="What is 7 times 8?")]
    response = llm.chat_with_tools(tools, chat_history=history)
    calls = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)

    while calls:
        history.append(response.message)
        history += [
            ChatMessage(
                role="tool",
                content=str(tools[0](**call.tool_kwargs)),
                additional_kwargs={"tool_call_id": call.tool_id},
            )
            for call in calls
        ]
        response = llm.chat_with_tools(tools, chat_history=history)
        calls = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)

    assert "56" in (response.message.content or "")
