"""MiniMax over httpx; knows no framework."""
