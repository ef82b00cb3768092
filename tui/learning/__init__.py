"""Learning: what is usual, what stands out, what a flow is. Never an alert by itself.

sample      flows of captures, bounded, as features and as facts to show
baseline    what is usual on one interface, learned from packets
anomaly     IsolationForest, or robust z-scores where scikit-learn is not installed
classifier  RandomForest, its reports, and model files that load without running code
flowtable   flow tables: CSV and Parquet with the columns of `nettui flows`
labels      labels.tsv, and the weak rules
scores      precision, recall, F1, confusion matrix

scikit-learn and skops are imported by the functions that need them.
"""
