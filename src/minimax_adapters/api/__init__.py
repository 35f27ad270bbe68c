"""MiniMax over httpx: chat, embeddings and speech; knows no framework."""

from minimax_adapters.api._socket_events import (
    SentenceEnded,
    SentenceStarted,
    SocketEvent,
    SpeechCanceled,
    TextSkipped,
    TextSpoken,
)
from minimax_adapters.api._streams import AsyncEventStream, EventStream
from minimax_adapters.api._tokens import estimate_tokens
from minimax_adapters.api.audio import Audio, AudioChunk, AudioEnd, PartialSpeech
from minimax_adapters.api.client import AsyncClient, Client
from minimax_adapters.api.errors import (
    APIError,
    AuthenticationError,
    CallTimeoutError,
    ConfigurationError,
    ConnectionFailedError,
    ContentFilterError,
    ContextWindowError,
    InsufficientBalanceError,
    InterruptedReplyError,
    InvalidInputError,
    InvalidReplyError,
    InvalidRequestError,
    InvalidVoiceError,
    MiniMaxError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ReplyTooLargeError,
    ServerError,
)
from minimax_adapters.api.joining import join_audio
from minimax_adapters.api.limits import RateLimit
from minimax_adapters.api.profiles import ModelProfile, Price, cost_of, profile_of
from minimax_adapters.api.sentences import SentenceStream, split_sentences, split_text
from minimax_adapters.api.settings import Settings
from minimax_adapters.api.sockets import AsyncSpeechSocket, SpeechSocket
from minimax_adapters.api.speech_text import interjection, pause, pronunciation
from minimax_adapters.api.subtitles import Subtitle, Word, to_srt, to_webvtt
from minimax_adapters.api.wire.chat import ChatRequest
from minimax_adapters.api.wire.chat_reply import (
    ChatEnd,
    ChatEvent,
    ChatReply,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from minimax_adapters.api.wire.embeddings import Embeddings, PartialEmbeddings
from minimax_adapters.api.wire.files import StoredFile
from minimax_adapters.api.wire.models import ModelCard
from minimax_adapters.api.wire.speech import SpeechOptions, SpeechRequest
from minimax_adapters.api.wire.speech_settings import (
    AudioSetting,
    PronunciationDict,
    TimbreWeight,
    VoiceModify,
    VoiceSetting,
)
from minimax_adapters.api.wire.speech_tasks import (
    SpeechTask,
    SpeechTaskOptions,
    SpeechTaskRequest,
    TaskAudioSetting,
)
from minimax_adapters.api.wire.voices import ClonedVoice, DesignedVoice, Voice

__all__ = [
    "APIError",
    "AsyncClient",
    "AsyncEventStream",
    "AsyncSpeechSocket",
    "Audio",
    "AudioChunk",
    "AudioEnd",
    "AudioSetting",
    "AuthenticationError",
    "CallTimeoutError",
    "ChatEnd",
    "ChatEvent",
    "ChatReply",
    "ChatRequest",
    "Client",
    "ClonedVoice",
    "ConfigurationError",
    "ConnectionFailedError",
    "ContentFilterError",
    "ContextWindowError",
    "DesignedVoice",
    "Embeddings",
    "EventStream",
    "InsufficientBalanceError",
    "InterruptedReplyError",
    "InvalidInputError",
    "InvalidReplyError",
    "InvalidRequestError",
    "InvalidVoiceError",
    "MiniMaxError",
    "ModelCard",
    "ModelProfile",
    "NotFoundError",
    "OverloadedError",
    "PartialEmbeddings",
    "PartialSpeech",
    "PermissionDeniedError",
    "Price",
    "PronunciationDict",
    "QuotaExceededError",
    "RateLimit",
    "RateLimitError",
    "ReasoningDelta",
    "ReplyTooLargeError",
    "SentenceEnded",
    "SentenceStarted",
    "SentenceStream",
    "ServerError",
    "Settings",
    "SocketEvent",
    "SpeechCanceled",
    "SpeechOptions",
    "SpeechRequest",
    "SpeechSocket",
    "SpeechTask",
    "SpeechTaskOptions",
    "SpeechTaskRequest",
    "StoredFile",
    "Subtitle",
    "TaskAudioSetting",
    "TextDelta",
    "TextSkipped",
    "TextSpoken",
    "TimbreWeight",
    "ToolCall",
    "ToolCallDelta",
    "Usage",
    "Voice",
    "VoiceModify",
    "VoiceSetting",
    "Word",
    "cost_of",
    "estimate_tokens",
    "interjection",
    "join_audio",
    "pause",
    "profile_of",
    "pronunciation",
    "split_sentences",
    "split_text",
    "to_srt",
    "to_webvtt",
]
