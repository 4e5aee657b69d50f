"""Claims about a thing for one exact content hash; never decides what a claim is good for."""
