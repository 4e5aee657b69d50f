"""Review requests, lanes and decisions over a frozen revision; ignorant of what is reviewed."""
