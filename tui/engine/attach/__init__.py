"""Looking at a running watch from another terminal: a unix socket, by which only what is asked for goes out.

Nothing that a looker sends changes the watch: there is no request for it.
"""
