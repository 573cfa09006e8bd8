"""The live service: open pages and programs hear at once what changed, over WebSockets.

`service` accepts sockets, `hub` keeps them and delivers in rounds, `reading` asks the database once a round for all of
them, `delivery` judges every message again for every socket, `presence` knows who is where, `embedded` runs it all in a
thread of a server.
"""
