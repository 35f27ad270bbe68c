"""A strict local MiniMax: real HTTP, server-sent events and WebSockets on loopback."""
