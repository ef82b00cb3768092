"""nettui: a live network monitor for the terminal.

The rooms of the house, each with what it does and what it never touches (tests/test_architecture.py holds it to this):

errors      what a user can cause, with hints       imports nothing of ours
core        pure: frames, columns, decode, counters  no threads, clock, files, scapy, textual
  flow/     the flow table, TCP, flows as listed      alert/   alerts, incidents, decisions
filters     the display filter language             core only
detectors   rules that raise alerts                 core only
learning    features, baseline, models              core only; scikit-learn imported late
capture     what reads the wire or a file           scapy in portable.py and bpf.py only
store       packets kept: spool, rows, views, save  never detectors, never the screen
engine      Monitor, session, worker, privileges    never the screen
  files/    captures from end to end, no session      rights/  what is given up, and the helpers made before
  alerting/ what follows from an alert                owners/  whose socket it is
  leaving/  how a run ends                            attach/  a screen that looks at another's session
dissect     scapy on demand: tree, bytes, streams   never capture or engine
export      EVE, CSV, JSON, Parquet, metrics, report never capture or engine
widgets     draw what they are given                never capture, never self.app.x
screens     compose widgets                         never capture, never engine
settings    one table of options; file, environment and command line
commands    one file per headless command           never the screen
app         NettuiApp: glue, one timer, one key table
cli         arguments to Settings to one command
"""

__version__ = "0.1.0"
