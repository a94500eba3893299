"""Everything on one box: the servers Keitora stands on, and a supervisor for them and its own processes."""
