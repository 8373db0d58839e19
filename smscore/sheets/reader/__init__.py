"""What runs in the child process: hostile bytes in, plain columns of text out.

This package is started as a program of its own (`python -I`, without the rest of SMS Desk, without the server's
environment and under limits of memory, time and writing), so that a file that crashes, hangs or swells a reader harms
nothing but the child. It imports nothing from its parent package.
"""
