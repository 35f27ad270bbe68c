"""The model behind the emulator: pure functions from a conversation to a reply."""
from .._reply import Reply, ToolCall
def answer(wanted, model):
    return Reply(text="Hello.", thinking="Hm.")
def as_leaked_text(call: ToolCall) -> str:
    return ""
