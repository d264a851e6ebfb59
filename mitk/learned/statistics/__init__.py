"""What the network sees of a data set: statistics that do not depend on the order of rows and columns."""
