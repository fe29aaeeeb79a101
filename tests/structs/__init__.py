"""Structs and unions in Python, and what their tests share."""
